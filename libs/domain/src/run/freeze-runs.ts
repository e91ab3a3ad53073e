import type { StepId } from '@countersign/kernel';
import type { FrozenHours } from '../hour-memory.js';
import { withDeadlines } from './evolve-runs.js';
import type { PlannerState, RunState, StepState } from './run-state.js';
import { UndoMemory } from '../undo/undo-memory.js';
import { TaskMemory } from './task-memory.js';

/** JSON form of the planner's state, for snapshots. */
export interface FrozenRuns {
  readonly runs: readonly (Omit<RunState, 'steps' | 'ids' | 'cleared'> & { readonly cleared: readonly StepId[]; readonly steps: readonly (readonly [StepId, StepState])[]; readonly ids: readonly string[] })[];
  readonly seen: FrozenHours;
  readonly undoable: ReturnType<PlannerState['undoable']['freeze']>;
}

export const freezeRuns = (state: PlannerState): FrozenRuns => ({
  runs: [...state.runs.values()].map((run) => ({ ...run, sideEffects: [...run.sideEffects], steps: [...run.steps], given: { ...run.given }, cleared: [...run.cleared], ids: [...run.ids], ...(run.question && { question: { ...run.question } }) })),
  seen: state.seen.freeze(),
  undoable: state.undoable.freeze(),
});

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawRuns = (frozen: unknown): PlannerState => {
  const { runs, seen, undoable } = frozen as FrozenRuns;
  return withDeadlines(new Map(runs.map((run) => [run.run, { ...run, sideEffects: [...run.sideEffects], steps: new Map(run.steps), given: { ...run.given }, cleared: new Set(run.cleared), ids: new Set(run.ids), ...(run.question && { question: { ...run.question } }) }])), TaskMemory.thaw(seen), new UndoMemory(undoable));
};
