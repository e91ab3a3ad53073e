import { Equals, Matches } from 'class-validator';
import { IsCount, IsName, IsPart, IsText, IsTexts, IsTimestamp, Optional } from '../values/decorators.js';
import { SLACK_CHANNEL_PATTERN } from '../values/patterns.js';
import { RunInputRequestedV1, runInputRequestedV1 } from '../proposal/run-input-requested.v1.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A card is to be shown in a channel of Slack: of what a run asks people. It is posted once this is in the log. */
export class CardInputOpenedV1 {
  /** Id of the question. */
  @IsText(64) card!: string;
  @Equals('input') kind!: 'input';
  @Matches(SLACK_CHANNEL_PATTERN) channel!: string;
  /** What was asked, whole: its hash is what an answer binds. */
  @IsPart(() => RunInputRequestedV1) question!: RunInputRequestedV1;
  /** Until then it can be answered. */
  @IsTimestamp() deadline!: string;
  /** Names of who may answer; as many as there is room for. */
  @IsTexts(200) people!: string[];
  /** How many more there are. */
  @IsCount() morePeople!: number;
  /** Answers count that were pressed in Slack; absent where the directory lets nobody vote there. */
  @Optional() @Equals(true) isAnsweredHere?: true;
  /** The agent contract of the run. */
  @Optional() @IsName() contract?: string;
}

export const cardInputOpenedV1 = defineEvent({
  type: 'countersign.card.input-opened',
  version: 1,
  topic: 'cards',
  dataClass: CardInputOpenedV1,
  sample: { card: SAMPLE.approval, kind: 'input', channel: 'C0123ABCD', question: runInputRequestedV1.sample, deadline: runInputRequestedV1.sample.deadline, people: ['Ada'], morePeople: 0, isAnsweredHere: true, contract: 'refund-desk' },
});
