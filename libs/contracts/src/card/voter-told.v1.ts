import { IsCode, IsPart, IsText } from '../values/decorators.js';
import { SlackUser } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Why a vote that was cast in Slack does not count is told to whoever cast it, and to nobody else. */
export class VoterToldV1 {
  @IsText(64) card!: string;
  @IsPart(() => SlackUser) slack!: SlackUser;
  @IsCode() code!: string;
  @IsText(500) message!: string;
}

export const voterToldV1 = defineEvent({
  type: 'countersign.voter.told',
  version: 1,
  topic: 'cards',
  dataClass: VoterToldV1,
  sample: { card: SAMPLE.approval, slack: { team: 'T0123ABCD', user: 'U0456EFGH' }, code: 'voter.voted', message: 'you have voted already' },
});
