import { IsCode, IsPart, IsText, Optional } from '../values/decorators.js';
import { SlackUser } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Somebody pressed a button in Slack, and it is no vote: nobody of the directory stands behind that user, or it is on something else than what is shown. Signed by the Slack service. Without `approval` and `slack`: a callback came that Slack has not signed, or long ago; what it says is not believed, and one in a minute is kept. */
export class PressRefusedV1 {
  @Optional() @IsText(64) approval?: string;
  @Optional() @IsPart(() => SlackUser) slack?: SlackUser;
  @IsCode() code!: string;
  @IsText(500) message!: string;
}

export const pressRefusedV1 = defineEvent({
  type: 'countersign.press.refused',
  version: 1,
  topic: 'ballots',
  // Of a card that nobody knows nobody knows the run either.
  about: 'anything',
  dataClass: PressRefusedV1,
  sample: { approval: SAMPLE.approval, slack: { team: 'T0123ABCD', user: 'U0456EFGH' }, code: 'slack.unmapped', message: 'this Slack user is nobody of the directory' },
});
