import type { RunEscalationReason } from '@countersign/contracts';
import type { JsonObject, MicroUsd, Millis, Tenant, Workflow } from '@countersign/kernel';
import type { AttributeUnit } from './tool-contract.js';

/** What one agent may do for which tenants: nothing that is not listed here is ever allowed. */
export interface AgentContract {
  readonly id: string;
  readonly version: number;
  /** Who answers for it; for people. */
  readonly owner: string;
  readonly tenants: readonly Tenant[];
  readonly workflow: Workflow;
  /** Types of the upstream events that are tasks of this workflow. */
  readonly accepts: readonly string[];
  /** JSON Schema 2020-12 of a task's `data`. What is marked `x-trust: untrusted` there is not the task's own words, and taints the run. */
  readonly input: JsonObject;
  /** Pointer into a task's `data` to whom it is about: what is personal in it is sealed with their key. Absent: with the run's own. */
  readonly dataSubject?: string;
  /** JSON Schema 2020-12 of what a run gives back; for people and planners. */
  readonly outcome?: JsonObject;
  /** Names of tools, read and write apart; a write tool listed under `read` is a fault of the file. */
  readonly tools: { readonly read: readonly string[]; readonly write: readonly string[] };
  /** By tool, then by kind of resource that the tool contract maps: values that may be touched, with `*`. What is not limited here is not. */
  readonly resources: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** By tool: the only fields that its calls may write. */
  readonly writableFields: Readonly<Record<string, readonly string[]>>;
  /** Places outside, with `*`, that count as known beside the task's own words and the tenant's directory: `email:*@example.com`. */
  readonly destinations: readonly string[];
  /** Facts that rules can speak of, from the task or from a look-up tool; the agent's word never counts. */
  readonly context: Readonly<Record<string, ContextFact>>;
  readonly stage: Stage;
  /** When it may act: `mon-fri 08:00-18:00 Europe/Berlin`; empty: always. */
  readonly windows: readonly string[];
  /** Id of the playbook that runs follow. */
  readonly playbook: string;
  readonly budgets: Budgets;
  readonly timeouts: RunTimeouts;
  /** Which model each role uses; kept for planners that ask a model. */
  readonly modelRouting: Readonly<Record<string, string>>;
  readonly fallbacks: Fallbacks;
  /** Who is asked what a run cannot settle by itself; absent: it ends, and nobody is asked. */
  readonly escalation?: Escalation;
}

/** Questions of runs to people. */
export interface Escalation {
  /** Whose question it is. */
  readonly role: string;
  /** How long a question is open; never longer than its run. */
  readonly within: Millis;
  /** Which of them are asked; for every other reason a run ends. */
  readonly reasons: readonly RunEscalationReason[];
  /** Roles that are asked besides when three quarters of the time are over; absent: the `fallback` of the directory of approvers. */
  readonly escalateTo?: readonly string[];
}

/** Autonomy, earned. `draft`: nothing executes; `suggest`: every write needs approval; `autonomous`: policy alone. */
export const STAGES = ['draft', 'suggest', 'autonomous'] as const;
export type Stage = (typeof STAGES)[number];

/** Where a fact of the run comes from. */
export type ContextFact =
  | { readonly from: 'task'; readonly pointer: string; readonly unit: AttributeUnit }
  /** Pointer into the result of a trusted tool; older than `maxAge` it is missing. */
  | { readonly from: 'tool'; readonly tool: string; readonly pointer: string; readonly unit: AttributeUnit; readonly maxAge: Millis };

/** What may be used; an absent limit is none. */
export interface Limits {
  readonly usd?: MicroUsd;
  /** Actions that were granted. */
  readonly toolCalls?: number;
  /** Granted actions of write tools. */
  readonly writes?: number;
  /** Records that calls say they change, by the tool contract's `records`; one for a write that does not say. */
  readonly records?: number;
  /** Calls of an action beyond its first. */
  readonly retries?: number;
  /** Actions that are granted or asked about. */
  readonly steps?: number;
  /** Of a run: from when policy has seen the task to the last grant. Of a day or month: for how long its runs are open, together. */
  readonly wallClock?: Millis;
}

export interface RunLimits extends Limits {
  /** Actions that the planner may propose, and policy grants or asks about. */
  readonly steps: number;
  /** Granted actions within any minute. */
  readonly perMinute?: number;
}

/** A run is a total; days and months are of the workflow, in the time zone. */
export interface Budgets {
  readonly run: RunLimits;
  readonly day: Limits;
  readonly month: Limits;
  /** Granted actions of the workflow within any minute, of all its runs together; absent: no limit. */
  readonly perMinute?: number;
  /** IANA name. */
  readonly timeZone: string;
  /** The same call with the same arguments more often than this in a run goes to a person. */
  readonly repeats: number;
}

export interface RunTimeouts {
  /** From when the planner takes the task up, which `run.started` says; nothing is proposed or granted after it. */
  readonly run: Millis;
}

/**
 * `stop`: the run ends. `escalate`: a person is asked, of the roles `escalateTo`. `ask_user_to_confirm`: whom the run acts for is asked if that
 * is a person, else as `escalate`. `degrade_to_read_only`: reads go on, writes are denied.
 */
export const ON_BUDGET_EXCEEDED = ['stop', 'escalate', 'ask_user_to_confirm', 'degrade_to_read_only'] as const;
export type OnBudgetExceeded = (typeof ON_BUDGET_EXCEEDED)[number];

/** `safe`: everything of the workflow waits, as in the mode of that name. */
export const ON_ERROR_RATE = ['degrade_to_read_only', 'escalate', 'stop', 'safe'] as const;
export type OnErrorRate = (typeof ON_ERROR_RATE)[number];

/** What happens when a budget or an error rate is exceeded. */
export interface Fallbacks {
  readonly onBudgetExceeded: OnBudgetExceeded;
  /** Share of failed calls of one tool within five minutes, of those of this workflow for one tenant; absent: errors narrow nothing. */
  readonly onToolErrorRateGt?: number;
  /** What happens then. */
  readonly action: OnErrorRate;
  /** Roles of approvers that are asked; empty: any. */
  readonly escalateTo: readonly string[];
}

/** Enough for every playbook that a person writes by hand, and a stop for one that does not end. */
export const DEFAULT_MAX_STEPS = 50;
/** A call that is made a fourth time with the same arguments is no progress. */
export const DEFAULT_REPEATS = 3;
export const DEFAULT_TIME_ZONE = 'UTC';
/** Where a contract does not say: what no rule can settle, and what a playbook asks itself. */
export const DEFAULT_ESCALATION_REASONS = ['confidence.low', 'effect.diverged', 'effect.unknown'] as const satisfies readonly RunEscalationReason[];
/** What a contract that says nothing means: fail closed. */
export const DEFAULT_FALLBACKS: Fallbacks = { onBudgetExceeded: 'stop', action: 'degrade_to_read_only', escalateTo: [] };
