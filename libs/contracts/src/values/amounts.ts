import { ArrayNotEmpty, Equals, IsArray, IsIn, Matches } from 'class-validator';
import type { MicroUsd, Sha256 } from '@countersign/kernel';
import { IsCount, IsNames, IsPart, IsParts, IsSha256, IsText, IsTimestamp, Optional } from './decorators.js';
import { SignedVote } from './parts.js';
import { DAY_PATTERN, MONTH_PATTERN } from './patterns.js';
import { LIMIT_NAMES, type LimitName } from './vocabulary.js';

/** What an action may use, or has used. */
export class Amounts {
  @IsCount() microUsd!: MicroUsd;
  /** Actions that were granted. */
  @IsCount() toolCalls!: number;
  /** Those of them that are of write tools. */
  @IsCount() writes!: number;
  @IsCount() records!: number;
  /** Calls of the action beyond its first. */
  @IsCount() retries!: number;
}

/** What is set aside for a grant until the executor's terminal event for it, and in which periods of the workflow it counts, whenever it ends. */
export class Reservation extends Amounts {
  /** Time that the run may still be open: set aside with its first grant and until it is closed. 0 with those that need no more of it. */
  @IsCount() wallClockMs!: number;
  /** The local day and month of the contract's time zone in which the action was first granted. */
  @Matches(DAY_PATTERN) day!: string;
  @Matches(MONTH_PATTERN) month!: string;
}

/** Calls of an action that count against its tool's attempts; what the executor broke off itself does not. */
export class Tries {
  @IsCount() calls!: number;
  /** Those that the tool failed, timeouts among them; arguments that it refused are no fault of its. */
  @IsCount() errors!: number;
}

/** What people were asked, and how they voted. */
export class GivenApproval {
  @IsText(64) approval!: string;
  @IsCount(1) tier!: number;
  @IsCount(1) quorum!: number;
  @IsNames() roles!: string[];
  /** Roles that were asked besides once the question had escalated; absent where it had not. */
  @Optional() @IsNames() fallback?: string[];
  @IsParts(() => SignedVote) votes!: SignedVote[];
  /** Of the preview that the voters were shown, which each of their votes binds; absent where none was. */
  @Optional() @IsSha256() previewHash?: Sha256;
}

/** Who else is asked, and when: of a question that nobody has answered yet. */
export class Stages {
  /** People are reminded; absent: never. */
  @Optional() @IsTimestamp() remindAt?: string;
  /** The fallback roles are asked besides; absent: never by time. */
  @Optional() @IsTimestamp() escalateAt?: string;
  /** Fallback roles: of the rule, else of the directory. Absent where neither names one. */
  @Optional() @IsNames() @ArrayNotEmpty() escalateTo?: string[];
}

/** People let one action go over limits of its run. Days and months are never extended. */
export class Extension extends GivenApproval {
  @IsIn(LIMIT_NAMES, { each: true }) @ArrayNotEmpty() @IsArray() over!: LimitName[];
  /** By how much the action goes over; it is granted together with what it goes over. */
  @IsPart(() => Amounts) by!: Amounts;
  /** It is the word of whom the run acts for, who may not approve risks of it. Absent where it is an approver's. */
  @Optional() @Equals(true) confirmation?: true;
}

/** What people said to an action before policy decided it. */
export class GivenVotes {
  /** Absent where policy asked nobody: the approval's id. */
  @Optional() @IsText(64) approval?: string;
  @IsParts(() => SignedVote) votes!: SignedVote[];
  /** What the voters were asked for; 0 and empty where policy asked nobody. */
  @IsCount() tier!: number;
  @IsCount() quorum!: number;
  @IsNames() roles!: string[];
  /** Roles that were asked besides once the question had escalated; absent where it had not. */
  @Optional() @IsNames() fallback?: string[];
  /** Of the preview that the voters were shown, which each of their votes binds; absent where none was. */
  @Optional() @IsSha256() previewHash?: Sha256;
  /** Absent where the action keeps to the limits of its run. */
  @Optional() @IsPart(() => Extension) extension?: Extension;
}
