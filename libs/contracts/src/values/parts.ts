import { IsIn, Matches } from 'class-validator';
import type { JsonObject, MicroUsd, RunId, Sha256, StepId } from '@countersign/kernel';
import { IsCode, IsCount, IsJson, IsName, IsPart, IsParts, IsRunId, IsSha256, IsText, IsTimestamp, IsTool, Optional } from './decorators.js';
import { SLACK_TEAM_PATTERN, SLACK_USER_PATTERN } from './patterns.js';
import { DESTINATION_KINDS, RUN_OUTCOMES, SIDE_EFFECT_STATES, type DestinationKind, type RunOutcome, type SideEffectState } from './vocabulary.js';

/** A file of the configuration, pinned by the hash of its content. */
export class ConfigRef {
  @IsName() id!: string;
  @IsCount(1) version!: number;
  @IsSha256() hash!: Sha256;
}

/** Why policy denied or asks; `code` is for programs, `message` for people. */
export class Reason {
  @IsText(120) rule!: string;
  @IsCode() code!: string;
  @IsText() message!: string;
}

/** One place in a document that breaks its schema. */
export class Fault {
  /** RFC 6901 pointer; empty for the whole document. */
  @IsText(500) pointer!: string;
  @IsText(500) message!: string;
}

/** A fact of a run that rules can speak of: a whole number or a text. */
export class ContextValue {
  /** Name in the agent contract's `context`. */
  @IsText(63) name!: string;
  /** One of the two. */
  @Optional() @IsCount() number?: number;
  @Optional() @IsText(300) text?: string;
  /** When it was seen. */
  @IsTimestamp() at!: string;
}

/** A place outside, normalised. */
export class KnownDestination {
  @IsIn(DESTINATION_KINDS) kind!: DestinationKind;
  @IsText(300) value!: string;
}

/** What a person signed: the bytes, and the signature. */
export class SignedWord {
  /** Canonical JSON of an event of `ballots`, of an order to undo, or of what is said to a question of a run. */
  @IsText(8_000) value!: string;
  /** Detached compact JWS (EdDSA) over the UTF-8 bytes of `value`. */
  @IsText(1_000) jws!: string;
}

/** What lets a step that has come to an end be done once more. */
export class AgainAnswer {
  @IsText(64) escalation!: string;
  /** The person's answer to it. */
  @IsPart(() => SignedWord) word!: SignedWord;
}

/** A person's vote: a `ballot.cast` event, or a `consent.given` event, which is a yes to some questions of its run. */
export class SignedVote extends SignedWord {
  /** The `delegation.given` event that lets the voter stand in for somebody; absent where the vote is the voter's own. */
  @Optional() @IsPart(() => SignedWord) delegation?: SignedWord;
}

/** Somebody in Slack: the workspace, and the member of it. */
export class SlackUser {
  @Matches(SLACK_TEAM_PATTERN) team!: string;
  @Matches(SLACK_USER_PATTERN) user!: string;
}

/** What was pressed, where a person did not sign with a key of their own. */
export class Via {
  @IsPart(() => SlackUser) slack!: SlackUser;
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
  /** Id that the outside system gave it, where the tool contract names one and it is no longer. */
  @Optional() @IsText(200) outsideId?: string;
  @IsIn(SIDE_EFFECT_STATES) state!: SideEffectState;
  /** The step by which it was undone; absent where it stands. */
  @Optional() @IsName() undoneBy?: StepId;
}

/** An action of a run. */
export class StepRef {
  @IsRunId() run!: RunId;
  @IsName() step!: StepId;
}

/** The call that undoes an action, made of what the action's own call said and brought. */
export class Undo {
  @IsTool() tool!: string;
  @IsJson() args!: JsonObject;
  /** Until then a person can have it undone; absent where the tool contract gives no time for that. */
  @Optional() @IsTimestamp() until?: string;
}

/** The same as policy remembers it. */
export class UndoHash {
  @IsTool() tool!: string;
  /** SHA-256 of the canonical arguments. */
  @IsSha256() argsHash!: Sha256;
  @Optional() @IsTimestamp() until?: string;
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
  @IsText(100) mediaType!: string;
}

/** What a run has come to: in `run.closed` and in `task.finished`. */
export class RunResult {
  @IsIn(RUN_OUTCOMES) outcome!: RunOutcome;
  @IsText() reason!: string;
  @IsPart(() => Cost) cost!: Cost;
  /** As many as there is room for; `reason` says how many more there were. */
  @IsParts(() => SideEffect) sideEffects!: SideEffect[];
}
