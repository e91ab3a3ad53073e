import { IsArray, IsIn, IsOptional, IsString, Matches, MaxLength, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import type { MicroUsd, Sha256, StepId } from '@countersign/kernel';
import { IsCount, IsName, IsSha256, IsText, IsTool } from './decorators.js';

/** A file of the configuration, pinned by the hash of its content. */
export class ConfigRef {
  @IsName() id!: string;
  @IsCount(1) version!: number;
  @IsSha256() hash!: Sha256;
}

/** Why policy denied or asks; `code` is for programs, `message` for people. */
export class Reason {
  @IsString() @MaxLength(120) rule!: string;
  @Matches(/^[a-z0-9][a-z0-9.-]{0,80}$/) code!: string;
  @IsText() message!: string;
}

/** One place in a document that breaks its schema. */
export class Fault {
  /** RFC 6901 pointer; empty for the whole document. */
  @IsString() @MaxLength(500) pointer!: string;
  @IsText(500) message!: string;
}

/** A person's vote: the bytes that were signed, and the signature. */
export class SignedVote {
  /** Canonical JSON of a `Ballot` event. */
  @IsText(8_000) value!: string;
  /** Detached compact JWS (EdDSA) over the UTF-8 bytes of `value`. */
  @IsText(1_000) jws!: string;
}

/** What a run has used. */
export class Cost {
  @IsCount() promptTokens!: number;
  @IsCount() completionTokens!: number;
  @IsCount() microUsd!: MicroUsd;
}

/** What a run changed outside. */
export class SideEffect {
  @IsName() step!: StepId;
  @IsTool() tool!: string;
  /** Id that the outside system gave it, where the tool contract names one. */
  @IsOptional() @IsText(200) outsideId?: string;
  @IsIn(['verified', 'not-verifiable', 'unverified', 'unknown']) state!: 'verified' | 'not-verifiable' | 'unverified' | 'unknown';
}

/** Count and Merkle root over the sorted ids of events. */
export class EventSet {
  @IsCount() count!: number;
  @IsSha256() root!: Sha256;
}

/** A large payload kept beside the log. */
export class BlobRef {
  @IsSha256() sha256!: Sha256;
  @IsCount() size!: number;
  @IsString() @MaxLength(100) mediaType!: string;
}

/** How a run ended. `disapproved` and `expired` come from people, `denied` from policy, `invalid` from a schema. */
export const RUN_OUTCOMES = ['succeeded', 'denied', 'disapproved', 'expired', 'invalid', 'failed', 'unverified', 'unknown'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** What a run has come to: in `run.closed` and in `task.finished`. */
export class RunResult {
  @IsIn(RUN_OUTCOMES) outcome!: RunOutcome;
  @IsText() reason!: string;
  @ValidateNested() @Type(() => Cost) cost!: Cost;
  @IsArray() @ValidateNested({ each: true }) @Type(() => SideEffect) sideEffects!: SideEffect[];
}
