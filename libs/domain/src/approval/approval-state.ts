import type { Cause, SignedVote } from '@countersign/contracts';
import type { Instant, Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { DeadlineQueue } from '../deadline-queue.js';

/** The approvals service's state of one partition: a fold over its own events. */
export interface ApprovalState {
  readonly open: Map<string, OpenApproval>;
  readonly deadlines: DeadlineQueue;
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
  readonly quorum: number;
  readonly roles: readonly string[];
  /** Only `sub` can answer. */
  readonly confirmation?: true;
  readonly deadline: Instant;
  /** One of each person. */
  readonly votes: CastVote[];
  /** The newest own event of the approval. */
  newest: Cause;
}

export interface CastVote {
  readonly voter: Principal;
  readonly choice: 'approve' | 'deny';
  readonly vote: SignedVote;
}
