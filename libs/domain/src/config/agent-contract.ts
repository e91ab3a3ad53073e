import type { JsonObject, MicroUsd, Millis, Tenant, Workflow } from '@countersign/kernel';

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
  /** JSON Schema 2020-12 of a task's `data`. */
  readonly input: JsonObject;
  /** Names of tools, read and write apart; a write tool listed under `read` is a fault of the file. */
  readonly tools: { readonly read: readonly string[]; readonly write: readonly string[] };
  /** Id of the playbook that runs follow. */
  readonly playbook: string;
  readonly budgets: RunBudgets;
  readonly timeouts: RunTimeouts;
  /** Which model each role uses; kept for planners that ask a model. */
  readonly modelRouting: Readonly<Record<string, string>>;
  readonly fallbacks: Fallbacks;
}

/** Limits of one run; an absent one is no limit. */
export interface RunBudgets {
  readonly maxTotalCost?: MicroUsd;
  readonly maxToolCalls?: number;
  /** Actions that the planner may propose in one run. */
  readonly maxSteps: number;
}

export interface RunTimeouts {
  /** From when the planner takes the task up, which `run.started` says; nothing is proposed or granted after it. */
  readonly run: Millis;
}

/** What happens when a budget or an error rate is exceeded; as written, see `RunBudgets`. */
export interface Fallbacks {
  readonly onBudgetExceeded?: string;
  readonly onToolErrorRateGt?: number;
  readonly action?: string;
}

/** Enough for every playbook that a person writes by hand, and a stop for one that does not end. */
export const DEFAULT_MAX_STEPS = 50;
