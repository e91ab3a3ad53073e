import { Matches } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { Tries } from './amounts.js';
import { IsCount, IsPart, IsParts, IsSha256, IsText, IsTimestamp, IsTool, Optional } from './decorators.js';
import { OUTCOME_CODE } from './patterns.js';

/** Which grant an execution event is about. */
export class OfGrant {
  /** The grant's one-use id. */
  @IsText(64) jti!: string;
  @IsSha256() actionHash!: Sha256;
}

/** Which attempt of a grant; 1 is the first. */
export class OfAttempt extends OfGrant {
  @IsCount(1) attempt!: number;
  /** Of the action, under whatever grant: on the event by which it ends. Absent before. */
  @Optional() @IsPart(() => Tries) tries?: Tries;
}

/** What an outside system calls a request, where it says so in a header of its answer. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,119}$/;

/** Outcome of an attempt that did not succeed. */
export class Fruitless extends OfAttempt {
  @Matches(OUTCOME_CODE) code!: string;
  @IsCount() latencyMs!: number;
  /** Absent where the tool gave no answer, or none that says it. */
  @Optional() @Matches(REQUEST_ID) requestId?: string;
}

/** One call of an action, after which nobody is certain. */
export class CallMade {
  @IsText(64) jti!: string;
  @IsCount(1) attempt!: number;
  /** It went out at this time at the earliest. */
  @IsTimestamp() startsAt!: string;
  /** When its outcome was written down. */
  @IsTimestamp() endedAt!: string;
  /** `done` where the tool said so. */
  @Matches(OUTCOME_CODE) code!: string;
  @Optional() @Matches(REQUEST_ID) requestId?: string;
}

/** One look at an effect that did not find it. */
export class LookMade {
  @IsTimestamp() at!: string;
  /** `absent`, or why there was no answer. */
  @Matches(OUTCOME_CODE) code!: string;
  /** Of the answer's body, as canonical JSON; absent where there was none. */
  @Optional() @IsSha256() sha256?: Sha256;
}

/** What a person needs who has to find out whether an effect is there: the newest calls, and the last look. */
export class Evidence {
  @IsTool() tool!: string;
  @IsText(64) idempotencyKey!: string;
  @IsParts(() => CallMade) calls!: CallMade[];
  /** Empty where the effect cannot be looked at. */
  @IsParts(() => LookMade) looks!: LookMade[];
}
