import type { JsonObject } from '@countersign/kernel';
import type { ActionStatus } from './action-status.js';

/** What the model answers, as JSON. Times are RFC 3339 in UTC, money is in micro-USD; `null` is what is not known or not so (yet). */

export interface ReasonView {
  readonly rule: string;
  readonly code: string;
  readonly message: string;
}

export interface ConfigRefView {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
}

export interface CostView {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly microUsd: number;
}

/** Something that a run waits for. */
export interface Waiting {
  /** Absent where the run itself waits. */
  readonly step: string | null;
  readonly for: 'planner' | 'policy' | 'approvals' | 'people' | 'executor' | 'tool';
  /** A sentence without its subject: `one of finance to approve`. */
  readonly message: string;
  readonly since: string | null;
  readonly approval: string | null;
  /** Roles of which one is needed; empty where any approver will do, or where no person is asked. */
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
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly submittedAt: string | null;
  readonly openedAt: string | null;
  readonly closedAt: string | null;
  readonly deadline: string | null;
  readonly contract: ConfigRefView | null;
  readonly playbook: ConfigRefView | null;
  readonly cost: CostView;
}

/** A run of a list. */
export interface ListedRun extends RunSummary {
  readonly steps: number;
  readonly waiting: readonly Waiting[];
}

export interface ActionView {
  readonly step: string;
  readonly tool: string | null;
  readonly effect: string | null;
  readonly destination: string | null;
  readonly status: ActionStatus;
  readonly reasons: readonly ReasonView[];
  readonly actionHash: string | null;
  /** SHA-256 of the canonical arguments. */
  readonly inputHash: string | null;
  readonly approval: string | null;
  readonly attempts: number;
  readonly latencyMs: number | null;
  readonly outsideId: string | null;
  readonly usedMicroUsd: number;
  /** Code of a failed, unknown or refused execution. */
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
  /** What is asked for, with its arguments, and why; `null` where the event that asked is not in the model. */
  readonly request: { readonly action: JsonObject; readonly reasons: readonly ReasonView[]; readonly sub: string; readonly act: string } | null;
}

export interface EventView {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly tenant: string | null;
  readonly workflow: string | null;
  readonly run: string | null;
  readonly step: string | null;
  readonly time: string | null;
  readonly recordedAt: string;
  readonly sha256: string;
  /** The event itself; `null` for what upstream systems sent. */
  readonly event: JsonObject | null;
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
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly waiting: readonly Waiting[];
  /** What comes by itself next, if nobody does anything. */
  readonly next: { readonly step: string | null; readonly at: string; readonly means: string } | null;
}

/** One run as the auditors' JSON Lines have it. */
export interface RunRecord {
  readonly run_id: string;
  readonly agent: string | null;
  readonly tenant_id: string;
  /** `null` where the run followed a playbook. */
  readonly model: string | null;
  readonly budget_usd: number | null;
  readonly tool_calls: readonly { readonly tool: string; readonly input_hash: string | null; readonly status: ActionStatus; readonly latency_ms: number | null }[];
  readonly approvals: readonly { readonly type: string; readonly required: boolean; readonly approved: boolean }[];
  readonly outcome: { readonly status: string; readonly reason: string | null };
  readonly cost: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly usd: number };
}

export interface PositionView {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; `null` at the end. */
  readonly cursor: string | null;
}
