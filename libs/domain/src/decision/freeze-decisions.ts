import type { Ask, DecisionState, Grant } from './decision-state.js';
import { initialDecisions, open } from './evolve-decisions.js';

/** JSON form of policy's state, for snapshots. */
export interface FrozenDecisions {
  readonly asks: readonly Ask[];
  readonly grants: readonly Grant[];
}

export const freezeDecisions = (state: DecisionState): FrozenDecisions => ({ asks: [...state.asks.values()], grants: [...state.grants.values()] });

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawDecisions = (frozen: unknown): DecisionState => {
  const { asks, grants } = frozen as FrozenDecisions;
  const state = initialDecisions();
  for (const decision of [...asks, ...grants]) open(state, decision);
  return state;
};
