import type { BlobRef, Cause, LookMade, Preview, PreviewChange } from '@countersign/contracts';
import type { Instant, JsonObject, KeyId, Sha256, Tenant, Workflow } from '@countersign/kernel';
import type { DocumentFault } from '../config/document.js';
import type { ControlState } from '../control/control-state.js';

export interface ExecutionContext {
  readonly now: Instant;
  readonly controls: ControlState;
  /** Of the namespace: each has its share of a tool's rate, since none knows of the others. */
  readonly partitions: number;
}

/** What the check of a grant came to (signature, audience, key, expiry, action hash, votes): `libs/identity` does it. `key`: the one that is held, where the grant is for another. */
export type GrantCheck = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly message: string; readonly key?: KeyId };

/** Slow work of the executor. The grant itself is read again at `grant`, so that nothing is done that it does not say. */
export interface ExecutionWork {
  /** Unique in the partition. */
  readonly id: string;
  /** The own event that asks for the work. */
  readonly cause: Cause;
  /** Name of the tool: a tool that hangs fills its own bulkhead. */
  readonly bulkhead: string;
  /** Milliseconds since 1970; not before. */
  readonly notBefore: Instant;
  /**
   * `call`: call the tool, give up at `deadline`. `read-back`: look at the effect, see `READ_BACK_WAITS`. `interrupted`: do nothing;
   * an attempt of an earlier owner may be under way until `notBefore`. `preview`: ask the tool what the action would do.
   */
  readonly kind: 'call' | 'read-back' | 'interrupted' | 'preview';
  readonly jti: string;
  /** 0 for a preview. */
  readonly attempt: number;
  /** A call may have had its effect; what the tool says now of what the action would do is not what people were shown then. */
  readonly mayBeDone: boolean;
  /** Whose grant it is: they say which partition it lies in. */
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  /** Place of the grant (`action.allowed`, for a preview `approval.required`) in `decisions`, same partition. */
  readonly grant: Cause;
  readonly toolContractHash: Sha256;
  readonly deadline: Instant;
}

/** What came of a call. */
export type CallOutcome =
  /** The tool answered. `faults`: the answer is too large, no JSON or breaks the result schema. `exceeded`: it says of more than was decided on. `retryAfterMs`: the tool asks to be left alone for so long. */
  | { readonly kind: 'answered'; readonly status: number; readonly faults: readonly DocumentFault[]; readonly exceeded?: readonly DocumentFault[]; readonly result?: JsonObject; readonly blob?: BlobRef; readonly outsideId?: string; readonly requestId?: string; readonly retryAfterMs?: number; readonly latencyMs: number }
  /** The request never reached the tool: connection refused, no such host, no credential, a grant that does not hold. There is no effect. `final`: the same would come of another attempt. */
  | { readonly kind: 'not-sent'; readonly code: string; readonly final?: boolean; readonly key?: KeyId; readonly latencyMs: number }
  /** Nothing was done, and the same call would fare no better: the tool says so, or we did not let the call leave. */
  | { readonly kind: 'refused'; readonly code: string; readonly latencyMs: number }
  /** No answer by the deadline. */
  | { readonly kind: 'timeout'; readonly latencyMs: number }
  /** The connection broke after the request had left. */
  | { readonly kind: 'broken'; readonly code: string; readonly latencyMs: number }
  /** The attempt was an earlier owner's; nobody knows what came of it. */
  | { readonly kind: 'interrupted' };

/** What came of asking a tool what an action would do. `message` is our own, and holds no word of the tool's. */
export type PreviewOutcome =
  | { readonly kind: Exclude<Preview['kind'], 'none'>; readonly changes: readonly PreviewChange[]; readonly more?: number }
  /** `unanswered`: nobody knows what the tool would have said. */
  | { readonly kind: 'none'; readonly code: string; readonly message: string; readonly unanswered?: true };

/** What came of looking at the effect. */
export type ReadBackOutcome =
  /** `faults` name what differs from what was asked for. `result` stands in for an answer that was lost. */
  | { readonly kind: 'found'; readonly sha256: Sha256; readonly faults: readonly DocumentFault[]; readonly result?: JsonObject; readonly outsideId?: string; readonly latencyMs: number }
  | { readonly kind: 'absent'; readonly sha256?: Sha256; readonly looks?: readonly LookMade[]; readonly latencyMs: number }
  /** The system could not be asked. `looks`: each time it was, for whoever has to find out. */
  | { readonly kind: 'unanswered'; readonly code: string; readonly sha256?: Sha256; readonly looks?: readonly LookMade[]; readonly latencyMs: number };
