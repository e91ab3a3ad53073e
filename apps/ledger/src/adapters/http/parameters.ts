import { Transform, Type, type TransformFnParams } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { NAME_PATTERN, parseTimestamp, seconds, timestamp } from '@countersign/kernel';
import { CONFIG_KINDS, PRINCIPAL_PATTERN, RUN_OUTCOMES, SHA256_PATTERN, TOOL_PATTERN, type ConfigKind, type RunOutcome } from '@countersign/contracts';
import type { ApprovalStatus, EscalationStatus, RunFilter } from '@countersign/read-model';

/** More rows than these nobody reads; whoever wants all goes on with the cursor. */
export const MAX_LIMIT = 500;
export const DEFAULT_LIMIT = 50;
/** Shorter than the time after which proxies and clients give up on a silent answer. */
export const MAX_WAIT = seconds(30);

const NAME = new RegExp(NAME_PATTERN);
/** Runs, approvals and events are named by base64url, some with a prefix. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** As the compiler of policies takes them; built-in ones have dots. */
const RULE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;
const TOPIC = /^[a-z0-9][a-z0-9.-]{0,120}$/;
const TYPE = /^[a-z][a-z0-9.-]{0,100}$/;
const CURSOR = /^[A-Za-z0-9_-]+$/;
/** A cursor of the tail names one offset for each topic partition. */
const MAX_CURSOR = 100_000;
/** `<topic>/<partition>/<offset>`, separated by commas. */
const PLACES = /^([a-z0-9][a-z0-9.-]*\/\d{1,9}\/\d{1,15})(,[a-z0-9][a-z0-9.-]*\/\d{1,9}\/\d{1,15})*$/;

/** A time in one form, or the text as it was, for the pattern to refuse. */
const time = ({ value }: TransformFnParams): unknown => {
  const at = typeof value === 'string' ? parseTimestamp(value) : undefined;
  return at === undefined ? value : timestamp(at);
};
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A principal, or its last part: the name of an agent or a person. */
const WHO = new RegExp(`^[A-Za-z0-9._-]+$|${PRINCIPAL_PATTERN.source}`);
const MAX_PRINCIPAL = 500;

class PageParameters {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(MAX_LIMIT) limit: number = DEFAULT_LIMIT;
  @IsOptional() @Matches(CURSOR) @MaxLength(MAX_CURSOR) cursor?: string;
}

export class IdParameter {
  @Matches(ID) id!: string;
}

export class RunsParameters extends PageParameters {
  @IsOptional() @Matches(NAME) tenant?: string;
  @IsOptional() @Matches(NAME) workflow?: string;
  @IsOptional() @IsIn(['open', 'submitted', 'running', 'waiting', 'closed']) state?: NonNullable<RunFilter['state']>;
  @IsOptional() @IsIn(RUN_OUTCOMES) outcome?: RunOutcome;
  /** RFC 3339. */
  @IsOptional() @Transform(time) @Matches(TIME) since?: string;
  @IsOptional() @Transform(time) @Matches(TIME) until?: string;
  @IsOptional() @Matches(WHO) @MaxLength(MAX_PRINCIPAL) agent?: string;
  @IsOptional() @Matches(TOOL_PATTERN) @MaxLength(120) tool?: string;
  @IsOptional() @Matches(WHO) @MaxLength(MAX_PRINCIPAL) approver?: string;
  @IsOptional() @Matches(RULE) rule?: string;
  /** Micro-USD, both included. */
  @IsOptional() @Type(() => Number) @IsInt() @Min(0) @Max(Number.MAX_SAFE_INTEGER) minCost?: number;
  @IsOptional() @Type(() => Number) @IsInt() @Min(0) @Max(Number.MAX_SAFE_INTEGER) maxCost?: number;
  @IsOptional() @Matches(ID) prefix?: string;
}

export class ApprovalsParameters extends PageParameters {
  @IsOptional() @Matches(NAME) tenant?: string;
  @IsOptional() @Matches(NAME) role?: string;
  @IsOptional() @Matches(RULE) rule?: string;
  @IsOptional() @IsIn(['pending', 'granted', 'rejected', 'expired', 'withdrawn']) state?: ApprovalStatus;
  @IsOptional() @Matches(ID) run?: string;
  @IsOptional() @Matches(ID) prefix?: string;
}

export class EscalationsParameters extends PageParameters {
  @IsOptional() @Matches(NAME) tenant?: string;
  @IsOptional() @Matches(NAME) role?: string;
  @IsOptional() @IsIn(['open', 'answered', 'expired']) state?: EscalationStatus;
  @IsOptional() @Matches(ID) run?: string;
  @IsOptional() @Matches(ID) prefix?: string;
}

export class StandingParameters {
  @IsOptional() @Matches(NAME) tenant?: string;
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(MAX_LIMIT) limit: number = DEFAULT_LIMIT;
}

export class FiguresParameters {
  @IsIn(['rule', 'approver']) by: 'rule' | 'approver' = 'rule';
  /** RFC 3339. */
  @Transform(time) @Matches(TIME) since!: string;
  @IsOptional() @Matches(NAME) tenant?: string;
}

export class AttentionParameters {
  @IsOptional() @Matches(NAME) tenant?: string;
}

export class EffectsParameters {
  /** As the outside system writes it. */
  @IsString() @MinLength(1) @MaxLength(200) @Matches(/^\P{Cc}*$/u) outsideId!: string;
}

export class ConfigFileParameters {
  @IsIn(CONFIG_KINDS) kind!: ConfigKind;
  @Matches(SHA256_PATTERN) hash!: string;
}

export class SignOffsParameters {
  @Matches(NAME) tenant!: string;
  @Matches(NAME) workflow!: string;
}

export class BacklogParameters {
  /** RFC 3339. */
  @IsOptional() @Transform(time) @Matches(TIME) before?: string;
}

export class EventsParameters {
  /** `start`, `end`, or the cursor of an earlier answer. */
  @Matches(CURSOR) @MaxLength(MAX_CURSOR) from = 'start';
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(MAX_LIMIT) limit: number = DEFAULT_LIMIT;
  @IsOptional() @Matches(NAME) tenant?: string;
  @IsOptional() @Matches(ID) run?: string;
  @IsOptional() @Matches(TYPE) type?: string;
  @IsOptional() @Matches(TOPIC) topic?: string;
  /** Milliseconds to wait for the first event. */
  @IsOptional() @Type(() => Number) @IsInt() @Min(0) @Max(MAX_WAIT) wait = 0;
}

export class PositionsParameters {
  /** Wait until the model has come this far: the offset is the next one to be read. */
  @IsOptional() @Matches(PLACES) @MaxLength(MAX_CURSOR) atLeast?: string;
  /** Milliseconds to wait for it. */
  @IsOptional() @Type(() => Number) @IsInt() @Min(0) @Max(MAX_WAIT) wait = 0;
}
