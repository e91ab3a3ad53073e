import { IsPart, IsText } from '../values/decorators.js';
import { SignedWord, SlackUser } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** Somebody has said in Slack something to what a run asks. The gateway takes what was signed from it, as from an inbox. Signed by the Slack service. */
export class AnswerPressedV1 {
  @IsText(64) escalation!: string;
  @IsPart(() => SlackUser) slack!: SlackUser;
  /** The answer for the person whom the directory names for that user; it says who pressed, and the Slack service signs it. */
  @IsPart(() => SignedWord) word!: SignedWord;
}

export const answerPressedV1 = defineEvent({
  type: 'countersign.answer.pressed',
  version: 1,
  topic: 'ballots',
  dataClass: AnswerPressedV1,
  sample: { escalation: SAMPLE.approval, slack: { team: 'T0123ABCD', user: 'U0456EFGH' }, word: SAMPLE_VOTE },
});
