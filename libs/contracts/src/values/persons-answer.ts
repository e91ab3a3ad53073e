import { IsIn } from 'class-validator';
import type { JsonObject, Principal, Sha256 } from '@countersign/kernel';
import { IsJson, IsPart, IsPrincipal, IsSha256, IsText, Optional } from './decorators.js';
import { SignedWord, Via } from './parts.js';
import { ANSWER_CHOICES, type AnswerChoice } from './vocabulary.js';

/** Which question a person speaks of, and who does. */
export class OfQuestion {
  @IsText(64) escalation!: string;
  /** SHA-256 of the question's payload as canonical JSON: of what the person has read. */
  @IsSha256() asked!: Sha256;
  @IsPrincipal() by!: Principal;
  /** What the person has found out, or means to do. */
  @IsText(500) reason!: string;
  /** Who pressed the button in Slack: the service signed for them. Absent where the person signed. */
  @Optional() @IsPart(() => Via) via?: Via;
  /** What was signed. It says all of this, and tenant, workflow and run. */
  @IsPart(() => SignedWord) word!: SignedWord;
}

/** What a person says to a question of a run. It is never a grant. */
export class PersonsAnswer extends OfQuestion {
  @IsIn(ANSWER_CHOICES) choice!: AnswerChoice;
  /** By field: what the task or a result did not give. Present for `answer` alone. */
  @Optional() @IsJson() given?: JsonObject;
}
