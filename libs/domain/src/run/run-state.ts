import type { BlobRef, Cause, ConfigRef, RunOutcome, SideEffect, StepOutcome } from '@countersign/contracts';
import type { Instant, JsonObject, MicroUsd, Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { DeadlineQueue } from '../deadline-queue.js';
import type { TaskMemory } from './task-memory.js';

/** The planner's state of one partition: a fold over its own events. */
export interface PlannerState {
  readonly runs: Map<RunId, RunState>;
  /** Runs of the tasks of the last 26 h, open or closed. */
  readonly seen: TaskMemory;
  readonly deadlines: DeadlineQueue;
}

/** An open run. Of a closed one only a digest is left, in `seen`. */
export interface RunState {
  readonly run: RunId;
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly task: string;
  readonly source: string;
  readonly contract: ConfigRef;
  /** Absent for a run that is closed in the batch that starts it. */
  readonly playbook?: ConfigRef;
  readonly agent: Principal;
  readonly subject: Principal;
  readonly input: JsonObject;
  readonly deadline: Instant;
  /** Steps that were proposed, rejected, skipped or have ended. */
  readonly steps: Map<StepId, StepState>;
  readonly sideEffects: SideEffect[];
  /** Ids of the run's events that the planner wrote, and of those that they came from. */
  readonly ids: Set<string>;
  used: MicroUsd;
  /** Set by the first step that ends badly: nothing more is proposed. */
  failure?: RunFailure;
  /** The newest own event of the run. */
  newest: Cause;
}

export interface RunFailure {
  readonly outcome: Exclude<RunOutcome, 'succeeded'>;
  readonly reason: string;
}

export type StepState = StepUnderWay | StepEnded;

export interface StepUnderWay {
  readonly status: 'under-way';
  readonly tool: string;
  readonly effect: 'read' | 'write';
  readonly actionHash: Sha256;
}

export interface StepEnded {
  readonly status: 'ended';
  readonly outcome: StepOutcome;
  readonly result?: JsonObject;
  readonly blob?: BlobRef;
}

export const isUnderWay = (step: StepState): step is StepUnderWay => step.status === 'under-way';
