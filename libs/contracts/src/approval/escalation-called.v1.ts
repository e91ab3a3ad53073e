import { IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person wants a question to go to the fallback roles now. Who signed it is the event's actor. */
export class EscalationCalledV1 {
  @IsText(64) approval!: string;
  @IsText(200) reason!: string;
}

export const escalationCalledV1 = defineEvent({
  type: 'countersign.escalation.called',
  version: 1,
  topic: 'ballots',
  dataClass: EscalationCalledV1,
  sample: { approval: SAMPLE.approval, reason: 'nobody of finance is awake' },
});
