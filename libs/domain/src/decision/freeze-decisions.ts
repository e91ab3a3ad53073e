import type { Instant } from '@countersign/kernel';
import { freezeSpending, thawSpending, type FrozenWorkflow } from '../budget/freeze-spending.js';
import { freezeContext, thawContext, type FrozenContext } from '../context/evolve-context.js';
import { EndedActions } from '../ended-actions.js';
import type { FrozenHours } from '../hour-memory.js';
import { UndoMemory } from '../undo/undo-memory.js';
import { TaskMemory } from '../run/task-memory.js';
import type { Ask, DecisionState, Deferral, Grant } from './decision-state.js';
import { initialDecisions, open } from './evolve-decisions.js';

/** JSON form of policy's state, for snapshots. */
export interface FrozenDecisions {
  readonly contexts: readonly FrozenContext[];
  readonly seen: FrozenHours;
  readonly undoable: ReturnType<DecisionState['undoable']['freeze']>;
  readonly spending: readonly FrozenWorkflow[];
  readonly asks: readonly Ask[];
  readonly grants: readonly Grant[];
  readonly deferred: readonly Deferral[];
  /** By line: when it was last drained. */
  readonly drained: readonly (readonly [string, Instant])[];
  readonly ended: FrozenHours;
}

export const freezeDecisions = ({ contexts, seen, undoable, spending, asks, grants, waiting, ended }: DecisionState): FrozenDecisions => ({
  contexts: [...contexts.values()].map(freezeContext),
  seen: seen.freeze(),
  undoable: undoable.freeze(),
  spending: freezeSpending(spending),
  asks: [...asks.values()],
  grants: [...grants.values()],
  deferred: [...waiting.byAction.values()],
  drained: [...waiting.lines].flatMap(([key, { drainedAt }]) => (drainedAt === undefined ? [] : [[key, drainedAt] as const])),
  ended: ended.freeze(),
});

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawDecisions = (frozen: unknown): DecisionState => {
  const { contexts, seen, undoable, spending, asks, grants, deferred, drained, ended } = frozen as FrozenDecisions;
  const state: DecisionState = {
    ...initialDecisions(),
    contexts: new Map(contexts.map((context) => [context.run, thawContext(context)])),
    seen: TaskMemory.thaw(seen),
    undoable: new UndoMemory(undoable),
    spending: thawSpending(spending),
    ended: new EndedActions(ended),
  };
  // Deferrals come last: they keep the grant of their action.
  for (const decision of [...asks, ...grants, ...deferred]) open(state, 0 as Instant, decision);
  for (const [key, drainedAt] of drained) {
    const line = state.waiting.lines.get(key);
    if (line) line.drainedAt = drainedAt;
  }
  return state;
};
