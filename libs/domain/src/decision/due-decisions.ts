import type { Cause } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { ControlState } from '../control/control-state.js';
import { killOver, type Stops } from '../control/stops.js';
import { considerAgain, type Consideration } from './consider.js';
import type { QuestionContext } from './decision-context.js';
import type { Ask, DecisionState, Deferral } from './decision-state.js';
import { targetOf } from './stopping.js';
import { nextOf } from './waiting.js';

/** A case that comes to be decided though nothing was heard of it. `cause`: the own event that left it open. */
export interface DueDecision {
  readonly cause: Cause;
  readonly considered: Consideration;
}

/** When a case that was left open has to be decided; `undefined` where all of them wait. */
export const nextDecision = (state: DecisionState, { stops }: ControlState): Instant | undefined => {
  const { waiting } = state;
  if (waiting.ready.size > 0 || killedIn(state, stops)) return 0 as Instant;
  const times = [...waiting.lines.values()].flatMap((line) => nextOf(line, stops)?.at ?? []);
  const next = Math.min(...times, waiting.nextDeadline() ?? Infinity);
  return next === Infinity ? undefined : (next as Instant);
};

/**
 * What was left open and has to be decided now: killed, out of time, let go, or with nothing to wait for any more. One at a time,
 * because what is granted to it counts for the next.
 */
export const dueDecision = (state: DecisionState, context: QuestionContext): DueDecision | undefined => {
  const found = dueIn(state, context);
  return found && { cause: found.open.cause, considered: considerAgain(found.open, found.tooOld ?? false, state, context) };
};

const dueIn = (state: DecisionState, { now, controls: { stops } }: QuestionContext): { readonly open: Ask | Deferral; readonly tooOld?: boolean } | undefined => {
  const { waiting } = state;
  const open = killedIn(state, stops) ?? waiting.outOfTime(now) ?? waiting.firstReady() ?? waiting.callable(now);
  if (open) return { open };
  for (const line of waiting.lines.values()) {
    const next = nextOf(line, stops);
    if (next && next.at <= now) return { open: next.deferral, tooOld: next.tooOld };
  }
  return undefined;
};

/** The first that a kill found open. Both maps are oldest first, and what is newer than every kill was decided under it. */
const killedIn = ({ asks, waiting }: DecisionState, stops: Stops): Ask | Deferral | undefined => {
  for (const open of [asks, waiting.byAction]) {
    for (const one of open.values()) {
      if (one.epoch >= stops.newestKill) break;
      if (killOver(stops, targetOf(one), one.epoch)) return one;
    }
  }
  return undefined;
};
