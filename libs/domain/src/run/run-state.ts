import type { Action, ActionProposedV1, AnswerChoice, BlobRef, Cause, ConfigRef, MissingField, RunEscalationReason, SideEffect, StepObservedV1, StepOutcome, StepRef, Undo } from '@countersign/contracts';
import type { Instant, Json, JsonObject, MicroUsd, Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import type { DeadlineQueue } from '../deadline-queue.js';
import type { UndoMemory } from '../undo/undo-memory.js';
import type { TaskMemory } from './task-memory.js';

/** The planner's state of one partition: a fold over its own events. */
export interface PlannerState {
  readonly runs: Map<RunId, RunState>;
  /** Runs of the tasks of the last 26 h, open or closed. */
  readonly seen: TaskMemory;
  readonly deadlines: DeadlineQueue;
  /** Actions of closed runs that a person can have undone. */
  readonly undoable: UndoMemory<Undoable>;
}

/** What undoes an action, while there is time for it. */
export interface Undoable extends Pick<Undo, 'tool' | 'args'> {
  readonly until: Instant;
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
  /** A person has an action of another run undone, and this run does nothing else. `undoable` is absent where it cannot be. */
  readonly undoes?: StepRef & { readonly undoable?: Undoable };
  readonly deadline: Instant;
  /** Steps that were proposed, rejected, skipped or have ended. */
  readonly steps: Map<StepId, StepState>;
  readonly sideEffects: SideEffect[];
  /** Ids of the run's events that the planner wrote, and of those that they came from. */
  readonly ids: Set<string>;
  used: MicroUsd;
  /** Set by the first step that ends badly: nothing more is proposed. */
  failure?: RunFailure;
  /** A person is asked, and until then nothing happens. */
  question?: OpenQuestion;
  /** By field: what people gave in place of the task or of a result. */
  readonly given: Record<string, Json>;
  /** Steps before which a person was asked, and said to go on. */
  readonly cleared: Set<StepId>;
  /** The newest own event of the run. */
  newest: Cause;
}

export interface RunFailure {
  readonly outcome: Exclude<StepOutcome, 'succeeded' | 'skipped'>;
  readonly reason: string;
  /** Absent where it is of no step. */
  readonly step?: StepId;
}

/** What a run has asked. */
export interface OpenQuestion {
  readonly escalation: string;
  /** Hash of its payload: what a person answers is this and nothing else. */
  readonly asked: Sha256;
  readonly reason: RunEscalationReason;
  readonly step: StepId;
  readonly message: string;
  readonly choices: readonly AnswerChoice[];
  readonly fields?: readonly MissingField[];
  readonly role: string;
  readonly escalateTo?: readonly string[];
  readonly remindAt?: Instant;
  readonly escalateAt?: Instant;
  readonly deadline: Instant;
  readonly otherwise: RunFailure['outcome'];
  /** The event that asked. */
  readonly cause: Cause;
  reminded?: true;
  escalated?: true;
}

export type StepState = StepUnderWay | StepEnded;

export interface StepUnderWay {
  readonly status: 'under-way';
  readonly tool: string;
  readonly effect: 'read' | 'write';
  readonly actionHash: Sha256;
  /** Of a write: what would undo it is made of them. */
  readonly call?: Pick<Action, 'toolContractHash' | 'args'>;
}

export interface StepEnded {
  readonly status: 'ended';
  readonly outcome: StepOutcome;
  /** Why, where it did not go well. */
  readonly reason?: string;
  /** What a person could be asked about it. */
  readonly asks?: RunEscalationReason;
  /** What it lacked. */
  readonly missing?: readonly MissingField[];
  /** A person was asked: nobody answered, or the answer was to stop. It is not asked again. */
  readonly settled?: 'expired' | 'stopped';
  /** It was a write that may have had its effect. */
  readonly wrote?: true;
  /** What would undo it. */
  readonly undo?: Undo;
  readonly result?: JsonObject;
  readonly blob?: BlobRef;
}

export const isUnderWay = (step: StepState): step is StepUnderWay => step.status === 'under-way';

export const underWay = ({ action, effect, actionHash }: ActionProposedV1): StepUnderWay => ({ status: 'under-way', tool: action.tool, effect, actionHash, ...(effect === 'write' && { call: { toolContractHash: action.toolContractHash, args: action.args } }) });

export const stepEnded = ({ outcome, reason, result, blob, sideEffect, undo, asks }: StepObservedV1): StepEnded => ({
  status: 'ended',
  outcome,
  ...(reason !== undefined && { reason }),
  ...(asks && { asks }),
  ...(sideEffect && { wrote: true }),
  ...(undo && { undo }),
  ...(result && { result }),
  ...(blob && { blob }),
});
