import { IsIn, Matches } from 'class-validator';
import type { RunId } from '@countersign/kernel';
import { IsCount, IsNames, IsPart, IsRunId, IsText, IsTexts, IsTimestamp, Optional } from '../values/decorators.js';
import { ANSWER_CHOICES, CARD_CHANGES, type AnswerChoice, type CardChange } from '../values/vocabulary.js';
import { OUTCOME_CODE } from '../values/patterns.js';
import { Preview } from '../values/preview.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Something has happened to what a card shows: the same card is edited. */
export class CardChangedV1 {
  @IsText(64) card!: string;
  @IsIn(CARD_CHANGES) what!: CardChange;
  /** Name of whose doing it is; absent where it is nobody's. */
  @Optional() @IsText(200) by?: string;
  /** Why, in a person's words or in a service's. */
  @Optional() @IsText(600) reason?: string;
  /** Of an outcome, as the executor has it. */
  @Optional() @Matches(OUTCOME_CODE) code?: string;
  /** What was said to a question of a run. */
  @Optional() @IsIn(ANSWER_CHOICES) choice?: AnswerChoice;
  /** Somebody is at work on it until then. */
  @Optional() @IsTimestamp() until?: string;
  /** Who is asked besides from now on: roles, and the names of all who may answer now. */
  @Optional() @IsNames() to?: string[];
  @Optional() @IsTexts(200) people?: string[];
  @Optional() @IsCount() morePeople?: number;
  /** What the outside system calls what was done. */
  @Optional() @IsText(200) outsideId?: string;
  /** Until then a person can have what was done undone; absent where nobody can, or where nobody knows yet how it ended. */
  @Optional() @IsTimestamp() undoUntil?: string;
  /** The run that undoes it. */
  @Optional() @IsRunId() undoRun?: RunId;
  /** What would change, as the executor made it. */
  @Optional() @IsPart(() => Preview) preview?: Preview;
}

export const cardChangedV1 = defineEvent({
  type: 'countersign.card.changed',
  version: 1,
  topic: 'cards',
  dataClass: CardChangedV1,
  sample: { card: SAMPLE.approval, what: 'approved', by: 'Ada' },
});
