import type { BlobRef, CallMade, Cause } from '@countersign/contracts';
import type { Instant, JsonObject, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { EndedActions } from '../ended-actions.js';
import type { Breaker } from './breakers.js';

/** The executor's state of one partition: a fold over its own events. */
export interface ExecutionState {
  /** Grants under which something was attempted and that have not ended, by one-use id. */
  readonly open: Map<string, OpenGrant>;
  /** One-use ids by idempotency key of `open`. */
  readonly byKey: Map<string, string>;
  /** One-use ids of grants that were acted on, with their expiry (seconds since 1970); after that they are refused as expired. */
  readonly used: Map<string, number>;
  /** By `onceKey`: actions that were attempted under a grant that ran out. Oldest first. */
  readonly unresolved: Map<string, Unresolved>;
  /** By `onceKey`: actions that have come to an end, whatever it was: none is begun again. */
  readonly ended: EndedActions;
  /** By tenant and tool. */
  readonly breakers: Map<string, Breaker>;
  /** By tool with a rate: when its next call may go out. */
  readonly turns: Map<string, Instant>;
  /** By one-use id of their grants: previews that are being made. */
  readonly previews: Map<string, OpenPreview>;
  /** By approval: what was made for it, until nothing can be granted any more that rests on it. Oldest first, give or take. */
  readonly shown: Map<string, ShownPreview>;
}

export interface OpenPreview {
  readonly jti: string;
  readonly approval: string;
  readonly actionHash: Sha256;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
  readonly step: StepId;
  /** Place of the preview grant in `decisions`. */
  readonly grant: Cause;
  readonly tool: string;
  readonly toolContractHash: Sha256;
  /** Seconds since 1970. */
  readonly exp: number;
  readonly runDeadline: Instant;
  /** The own event that announced it. */
  readonly newest: Cause;
}

export interface ShownPreview {
  /** Absent where there was none. */
  readonly hash?: Sha256;
  readonly until: Instant;
}

export interface OpenGrant extends Tries {
  readonly jti: string;
  readonly actionHash: Sha256;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
  readonly step: StepId;
  /** Place of the grant in `decisions`. */
  readonly grant: Cause;
  readonly tool: string;
  readonly toolContractHash: Sha256;
  readonly idempotencyKey: string;
  /** The answer by which the step is done once more; absent for the first time. */
  readonly again?: string;
  /** Seconds since 1970. */
  readonly exp: number;
  readonly runDeadline: Instant;
  /** Number of the newest attempt. */
  attempt: number;
  phase: Phase;
  /** The newest own event of the grant. */
  newest: Cause;
}

/** What is known of all calls of an action, whatever grant they were made under. */
export interface Tries {
  /** Calls that count against the tool's number of attempts; those that we broke off ourselves do not. */
  spent: number;
  /** When the key was first sent. */
  first: Instant;
  /** A call may have had its effect. */
  mayBeDone: boolean;
  /** The newest of them that have ended, oldest first. */
  calls: readonly CallMade[];
}

export interface Unresolved extends Tries {
  readonly since: Instant;
}

export type Phase =
  | { readonly status: 'calling'; readonly startsAt: Instant; readonly deadline: Instant }
  /** A call has ended and nothing follows yet: only within a batch. */
  | { readonly status: 'between' }
  | { readonly status: 'reading-back'; readonly since: Instant; readonly said: Said };

/** What the tool had said before its effect was looked at. */
export type Said =
  | { readonly said: 'done'; readonly result?: JsonObject; readonly blob?: BlobRef; readonly outsideId?: string }
  | { readonly said: 'nothing'; readonly code: string };
