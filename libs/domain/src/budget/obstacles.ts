import type { LimitAction, LimitName, Reason, Reservation } from '@countersign/contracts';
import { limitsIn } from '../control/allotments.js';
import type { Consideration } from '../decision/consider.js';
import type { QuestionContext } from '../decision/decision-context.js';
import type { DecisionState } from '../decision/decision-state.js';
import type { Question } from '../decision/verdict.js';
import { RECORDS_UNKNOWN } from '../reason-codes.js';
import { amountsOf } from './amounts.js';
import { heldBy } from './held.js';
import { overMinute, overPeriods, overRun, type Over } from './over.js';
import { notBefore } from './periods.js';
import { callKey, reservationOf } from './reservation.js';
import { workflowKey } from './spending.js';
import { NO_SUMS, sumsOf } from './sums.js';
import { timeOf } from './time-of-run.js';
import { reasonOf } from './told.js';

/** Why an action is not granted as it is. */
export interface Obstacle {
  readonly limit: LimitName;
  readonly then: LimitAction;
  readonly reason: Reason;
  /** Absent where it was degraded before. */
  readonly over?: Over;
}

/** What would be set aside for an action, and what stands against it. `undefined` where nobody can say what it takes. */
export interface Weighed {
  readonly reservation: Reservation;
  readonly obstacles: readonly Obstacle[];
}

/** Limits that what is granted anew was held to when it was granted first: it is no further call. */
const COUNTED_ONCE: ReadonlySet<LimitName> = new Set(['rate', 'repeats']);

/** Whether people can let the action go on all the same. */
export const isAskable = ({ then }: Pick<Obstacle, 'then'>): boolean => then === 'escalate' || then === 'ask_user_to_confirm';

/**
 * Weighs an action against what its run and workflow may use. What is granted anew takes nothing more: its reservation is the old one, in
 * the periods of the old one, and the time of its run is set aside. It is held to the caps of now, which may have been lowered since.
 */
export const weigh = ({ action, run, tool, contract }: Question, renews: Consideration['renews'], state: DecisionState, { now, controls, periodsOf }: QuestionContext): Weighed | Reason => {
  const key = workflowKey(action);
  const workflow = state.spending.get(key);
  const { spending, opened } = run;
  const periods = notBefore(periodsOf(contract.document.budgets.timeZone, now), workflow);
  const amounts = renews ? amountsOf(renews.grant.reservation) : reservationOf(action, tool.document);
  if (!amounts) return { rule: 'budget', code: RECORDS_UNKNOWN, message: `the call does not say how many records \`${action.tool}\` changes` };
  const wallClockMs = renews ? 0 : timeOf(run, contract.document.budgets.run, now);
  const reservation = Object.assign({}, amounts, renews?.grant.reservation ?? periods, { wallClockMs });
  const sums = sumsOf(amounts, { steps: spending.steps.has(action.step) ? 0 : 1, wallClock: wallClockMs });
  const wanted = { sums, held: renews ? sumsOf(amounts) : NO_SUMS, calls: spending.calls.get(callKey(action)) ?? 0, opened };
  const limits = { day: limitsIn(controls, action.tenant, contract.document, 'day', reservation.day), month: limitsIn(controls, action.tenant, contract.document, 'month', reservation.month) };
  const ofAmounts = [...overRun(spending, contract.document, wanted, now), ...overPeriods(workflow, reservation, limits, contract.document, wanted)];
  const overs = renews ? ofAmounts.filter(({ limit }) => !COUNTED_ONCE.has(limit)) : [...ofAmounts, ...overMinute(workflow, contract.document, now)];
  const held = heldBy(tool.document.effect, spending, key, workflow, periods, controls);
  return {
    reservation,
    obstacles: [
      ...(held ? [{ limit: 'error-rate', then: held.to, reason: held.reason } as const] : []),
      ...overs.map((over): Obstacle => ({ limit: over.limit, then: over.then, reason: reasonOf(over), over })),
    ],
  };
};
