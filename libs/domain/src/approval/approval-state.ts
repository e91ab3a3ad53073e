import type { Cause, SignedVote, SignedWord } from '@countersign/contracts';
import type { Instant, Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { DeadlineQueue } from '../deadline-queue.js';

/** The approvals service's state of one partition: a fold over its own events. */
export interface ApprovalState {
  readonly open: Map<string, OpenApproval>;
  /** When each has its next stage. */
  readonly deadlines: DeadlineQueue;
  /** By id; those that are over are forgotten when others come. */
  readonly delegations: Map<string, Delegation>;
  readonly consents: Map<string, Consent>;
}

export interface OpenApproval {
  readonly approval: string;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
  readonly step: StepId;
  readonly actionHash: Sha256;
  readonly sub: Principal;
  readonly act: Principal;
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
  /** Only `sub` can answer. */
  readonly confirmation?: true;
  readonly deadline: Instant;
  readonly remindAt?: Instant;
  readonly escalateAt?: Instant;
  readonly escalateTo?: readonly string[];
  /** What people are shown; absent where the tool has no way to say what would change. */
  preview?: PreviewState;
  /** Of each person at most one. */
  readonly votes: CastVote[];
  /** The event that asked: what comes by time rests on it, whatever has been said meanwhile. */
  readonly asked: Cause;
  /** What has come by time so far. */
  reminded?: true;
  escalated?: true;
}

/** Until the executor has answered no yes counts; `until`: its answer is waited for no longer. `hash` is absent where there was nothing to be shown. */
export type PreviewState = { readonly status: 'pending'; readonly until: Instant } | { readonly status: 'shown'; readonly hash?: Sha256 };

export interface CastVote {
  readonly voter: Principal;
  readonly onBehalfOf?: Principal;
  readonly choice: 'approve' | 'deny';
  readonly vote: SignedVote;
}

/** Somebody stands in for somebody, in one workflow. */
export interface Delegation {
  readonly delegation: string;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly by: Principal;
  /** Absent: the person is away, and nobody stands in. */
  readonly to?: Principal;
  readonly roles: readonly string[];
  readonly from: Instant;
  readonly until: Instant;
  readonly word: SignedWord;
}

/** Somebody has said yes beforehand, in one run. */
export interface Consent {
  readonly consent: string;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly run: RunId;
  readonly by: Principal;
  readonly tools: readonly string[];
  readonly tier: 2 | 3;
  readonly until: Instant;
  readonly word: SignedWord;
}
