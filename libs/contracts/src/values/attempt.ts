import { Matches } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { Tries } from './amounts.js';
import { IsCount, IsPart, IsSha256, IsText, Optional } from './decorators.js';

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

/** Outcome of an attempt that did not succeed. */
export class Fruitless extends OfAttempt {
  /** `TOOL_TIMEOUT`, `http.409`, ... : a code, never the tool's words. */
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/) code!: string;
  @IsCount() latencyMs!: number;
}
