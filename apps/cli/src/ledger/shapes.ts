import type { Action, Reason, RunOutcome } from '@countersign/contracts';

/** What the ledger's HTTP API answers. Times are RFC 3339 in UTC, money is micro-USD; `null` is what is not known or not so (yet). */

export interface PinnedFile {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
}

/** Something that a run waits for. */
export interface Waiting {
  /** `null` where the run itself waits. */
  readonly step: string | null;
  readonly for: 'planner' | 'policy' | 'approvals' | 'people' | 'executor' | 'tool';
  /** A sentence without its subject: `one of finance to approve`. */
  readonly message: string;
  readonly since: string | null;
  readonly approval: string | null;
  /** Empty where any approver will do, or where no person is asked. */
  readonly roles: readonly string[];
  /** Principals of the people who can unblock it. */
  readonly people: readonly string[];
  readonly expires: { readonly at: string; readonly means: string } | null;
}

export interface RunSummary {
  readonly run: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly task: string | null;
  readonly source: string | null;
  readonly agent: string | null;
  readonly subject: string | null;
  readonly status: 'open' | 'closed';
  readonly outcome: RunOutcome | null;
  readonly reason: string | null;
  readonly submittedAt: string | null;
  readonly openedAt: string | null;
  readonly closedAt: string | null;
  readonly deadline: string | null;
  readonly contract: PinnedFile | null;
  readonly playbook: PinnedFile | null;
  readonly cost: { readonly promptTokens: number; readonly completionTokens: number; readonly microUsd: number };
}

/** A run of a list. */
export interface ListedRun extends RunSummary {
  readonly steps: number;
  readonly waiting: readonly Waiting[];
}

export type ActionStatus =
  | 'proposed'
  | 'invalid'
  | 'asked'
  | 'allowed'
  | 'denied'
  | 'expired'
  | 'disapproved'
  | 'running'
  | 'succeeded'
  | 'verified'
  | 'failed'
  | 'unknown'
  | 'diverged'
  | 'refused'
  | 'skipped';

export interface ActionView {
  readonly step: string;
  readonly tool: string | null;
  readonly effect: string | null;
  readonly destination: string | null;
  readonly status: ActionStatus;
  readonly reasons: readonly Reason[];
  readonly actionHash: string | null;
  readonly inputHash: string | null;
  readonly approval: string | null;
  readonly attempts: number;
  readonly latencyMs: number | null;
  readonly outsideId: string | null;
  readonly usedMicroUsd: number;
  readonly code: string | null;
  readonly proposedAt: string | null;
  readonly decidedAt: string | null;
  readonly executedAt: string | null;
  readonly observedAt: string | null;
}

export interface VoteView {
  readonly voter: string;
  readonly choice: string;
  readonly at: string;
}

/** What people are asked for, with its arguments, and why. */
export interface ApprovalRequest {
  readonly action: Action;
  readonly reasons: readonly Reason[];
  /** Whom the run acts for, and the agent that acts. */
  readonly sub: string;
  readonly act: string;
}

export interface ApprovalView {
  readonly approval: string;
  readonly tenant: string;
  readonly workflow: string;
  readonly run: string;
  readonly step: string;
  readonly status: 'open' | 'granted' | 'rejected' | 'expired';
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
  readonly actionHash: string;
  readonly requestedAt: string;
  readonly deadline: string;
  readonly decidedAt: string | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
  readonly votes: readonly VoteView[];
  /** `null` where the event that asked is not in the ledger's tables. */
  readonly request: ApprovalRequest | null;
}

export interface EventView {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly step: string | null;
  readonly time: string | null;
  readonly recordedAt: string;
  readonly sha256: string;
}

export interface RunView extends RunSummary {
  readonly actions: readonly ActionView[];
  readonly approvals: readonly ApprovalView[];
  /** All its events, causes before effects. */
  readonly timeline: readonly EventView[];
}

export interface Why {
  readonly run: string;
  readonly status: 'open' | 'closed';
  readonly outcome: RunOutcome | null;
  readonly reason: string | null;
  readonly waiting: readonly Waiting[];
  /** What comes by itself next, if nobody does anything. */
  readonly next: { readonly step: string | null; readonly at: string; readonly means: string } | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; `null` at the end. */
  readonly cursor: string | null;
}
