import { IsText, IsTexts } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Keys are destroyed: what was sealed with them can be read by nobody any more, wherever it lies. */
export class KeyShreddedV1 extends OfGrant {
  @IsTexts(100) keys!: string[];
  @IsText() reason!: string;
}

export const keyShreddedV1 = defineEvent({
  type: 'countersign.key.shredded',
  version: 1,
  topic: 'executions',
  dataClass: KeyShreddedV1,
  sample: { jti: SAMPLE.jti, actionHash: SAMPLE.actionHash, keys: ['3q2-7wAAAAAAAAAAAAAAAA'], reason: 'the customer asked to be forgotten' },
});
