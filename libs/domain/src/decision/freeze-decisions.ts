import { freezeContext, thawContext, type FrozenContext } from '../context/evolve-context.js';
import { EndedActions } from '../ended-actions.js';
import type { FrozenHours } from '../hour-memory.js';
import { TaskMemory } from '../run/task-memory.js';
import type { Ask, DecisionState, Grant } from './decision-state.js';
import { initialDecisions, open } from './evolve-decisions.js';

/** JSON form of policy's state, for snapshots. */
export interface FrozenDecisions {
  readonly contexts: readonly FrozenContext[];
  readonly seen: FrozenHours;
  readonly asks: readonly Ask[];
  readonly grants: readonly Grant[];
  readonly ended: FrozenHours;
}

export const freezeDecisions = (state: DecisionState): FrozenDecisions => ({
  contexts: [...state.contexts.values()].map(freezeContext),
  seen: state.seen.freeze(),
  asks: [...state.asks.values()],
  grants: [...state.grants.values()],
  ended: state.ended.freeze(),
});

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawDecisions = (frozen: unknown): DecisionState => {
  const { contexts, seen, asks, grants, ended } = frozen as FrozenDecisions;
  const state: DecisionState = {
    ...initialDecisions(),
    contexts: new Map(contexts.map((context) => [context.run, thawContext(context)])),
    seen: TaskMemory.thaw(seen),
    ended: new EndedActions(ended),
  };
  for (const decision of [...asks, ...grants]) open(state, decision);
  return state;
};
