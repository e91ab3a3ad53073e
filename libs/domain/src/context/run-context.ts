import type { AgainAnswer, ConfigRef, DestinationKind, StepRef, UndoHash } from '@countersign/contracts';
import type { Instant, Principal, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { RunSpending } from '../budget/spending.js';

/** What policy knows of an open run, from the task as the gateway signed it and from what tools returned; never from what the agent says. */
export interface RunContext {
  readonly run: RunId;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  /** Whom the run acts for. */
  readonly subject: Principal;
  /** The agent contract that the task was admitted under. */
  readonly contract: ConfigRef;
  readonly opened: Instant;
  /** Newest control that the gateway had read when it admitted the task: a kill that is newer has ended the run, also one that was lifted since. -1: none. */
  readonly epoch: number;
  /** Nothing is granted after it. */
  readonly deadline: Instant;
  /** Texts and numbers of the task, without what others wrote. */
  readonly words: readonly string[];
  /** Texts and numbers that people gave in place of the task. */
  readonly said: readonly string[];
  /** By step: the newest answer by which it is done once more. */
  readonly again: Map<StepId, AgainAnswer>;
  /** Steps that policy has seen done. */
  readonly done: Set<StepId>;
  /** By name in the agent contract's `context`; the newest. */
  readonly facts: Map<string, Fact>;
  /** Destinations that a look-up vouches for, by `vouchedKey`. */
  readonly vouched: Set<string>;
  /** `task`, or names of the tools that brought what others wrote; empty: nothing from outside has been read. */
  readonly untrusted: Set<string>;
  /** The same of data that must not leave unseen. */
  readonly sensitive: Set<string>;
  /** By step: the only call that undoes what it did. Of a run that undoes an action of another: that of the action. */
  readonly undo: Map<StepId, UndoHash>;
  /** The action of another run that a person has ordered undone, in place of a task. */
  readonly undoes?: StepRef;
  /** What it has used of its budgets. */
  readonly spending: RunSpending;
}

export interface Fact {
  readonly value: number | string;
  readonly at: Instant;
}

/** Source of what the task itself brings. */
export const TASK = 'task';

export const vouchedKey = (kind: DestinationKind, value: string): string => `${kind}:${value}`;
