import type { SideEffect } from '@countersign/contracts';
import type { MicroUsd } from '@countersign/kernel';
import type { OutputOf } from '../output.js';
import { cut, fitting, ROOM_FOR_SIDE_EFFECTS } from '../room.js';
import { undoneStep, undoStepOf } from '../undo/undo.js';
import { MAX_REASON_LENGTH } from './constants.js';
import type { PlanContext } from './plan-context.js';
import type { Plan } from './plan-steps.js';
import type { RunState } from './run-state.js';

/** What the events of the closing batch and its cause add to the state. */
export interface Last {
  /** Id of the event that is handled, if any. */
  readonly id?: string;
  readonly sideEffects?: readonly SideEffect[];
  readonly used?: MicroUsd;
}

export const closeRun = (
  run: Omit<RunState, 'newest'>,
  { outcome, reason }: NonNullable<Plan['ended']>,
  last: Last,
  context: Pick<PlanContext, 'eventRoot'>,
): OutputOf<'countersign.run.closed'> => {
  const ids = [...new Set([...run.ids, ...(last.id === undefined ? [] : [last.id])])].toSorted();
  const order = (effect: SideEffect): number => [...run.steps.keys()].indexOf(effect.step);
  const sideEffects = withUndone([...run.sideEffects, ...(last.sideEffects ?? [])]).toSorted((a, b) => order(a) - order(b));
  const told = fitting(sideEffects, ROOM_FOR_SIDE_EFFECTS);
  const untold = sideEffects.length - told.length;
  return {
    type: 'countersign.run.closed',
    tenant: run.tenant,
    workflow: run.workflow,
    run: run.run,
    data: {
      task: run.task,
      source: run.source,
      outcome,
      reason: `${cut(reason, MAX_REASON_LENGTH)}${untold > 0 ? `; ${untold} more side effects are in the record of the run` : ''}`,
      // No planner of this version asks a model, so there are no tokens to count.
      cost: { promptTokens: 0, completionTokens: 0, microUsd: (run.used + (last.used ?? 0)) as MicroUsd },
      sideEffects: told,
      events: { count: ids.length, root: context.eventRoot(ids) },
    },
  };
};

/** What was done, and by which step it was undone. */
const withUndone = (effects: readonly SideEffect[]): readonly SideEffect[] => {
  const undone = new Set(effects.filter(({ state }) => state === 'verified' || state === 'not-verifiable' || state === 'confirmed').flatMap(({ step }) => undoneStep(step) ?? []));
  return effects.map((effect) => (undone.has(effect.step) ? Object.assign({}, effect, { undoneBy: undoStepOf(effect.step) }) : effect));
};
