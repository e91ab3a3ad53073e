import { Equals } from 'class-validator';
import type { Principal } from '@countersign/kernel';
import { IsPart, IsPrincipal, IsText, IsTexts, Optional } from '../values/decorators.js';
import { SignedWord } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** Policy has checked what a person answered to a run, and knows it from here on. It decides nothing. */
export class ContextAnsweredV1 {
  @IsText(64) escalation!: string;
  @IsPrincipal() by!: Principal;
  /** Texts and numbers that the person gave in place of the task. */
  @IsTexts(300) words!: string[];
  /** The step may be granted once more though it has come to an end; absent where the answer says nothing of the kind. */
  @Optional() @Equals(true) again?: true;
  @IsPart(() => SignedWord) word!: SignedWord;
}

export const contextAnsweredV1 = defineEvent({
  type: 'countersign.context.answered',
  version: 1,
  topic: 'decisions',
  dataClass: ContextAnsweredV1,
  sample: { escalation: SAMPLE.approval, by: SAMPLE.person, words: [], again: true, word: SAMPLE_VOTE },
});
