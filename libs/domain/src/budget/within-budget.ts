import type { Extension, LimitName, LimitScope, Reservation } from '@countersign/contracts';
import { hours } from '@countersign/kernel';
import { DEFAULT_APPROVAL_HOURS, DEFAULT_QUORUM, DEFAULT_TIER } from '../config/policy-file.js';
import { approverOf } from '../control/lookups.js';
import type { Consideration } from '../decision/consider.js';
import type { QuestionContext } from '../decision/decision-context.js';
import type { DecisionState } from '../decision/decision-state.js';
import type { Question, Verdict } from '../decision/verdict.js';
import type { Output } from '../output.js';
import { each } from './amounts.js';
import { isAskable, weigh, type Obstacle } from './obstacles.js';
import type { Over } from './over.js';
import { workflowKey, type Tally } from './spending.js';
import { LIMIT_OF } from './sums.js';

/** What budgets make of a verdict. */
export interface Budgeted {
  readonly verdict: Verdict;
  /** What is set aside where the verdict allows, and the periods in which the action counts. */
  readonly reservation?: Reservation;
  /** The people's yes that the grant rests on. */
  readonly extension?: Extension;
  /** Limits that the question is about; absent where it is the rules'. */
  readonly asks?: { readonly over: readonly LimitName[]; readonly confirmation: boolean };
  /** What is told beside the decision, before it. */
  readonly notes: readonly Output[];
}

/** No risk is looked at, only whether to go on. */
const CONFIRMATION_TIER = 1;

/**
 * Holds a verdict to what the run and its workflow may use. A cap is never passed: what would pass one is not granted. Only where the
 * contract has people asked, a run's own limit gives way by what exactly this action needs, and only after rules have nothing against it.
 */
export const withinBudget = (considered: Consideration, verdict: Verdict, state: DecisionState, context: QuestionContext): Budgeted => {
  const { question, renews } = considered;
  if (!question || verdict.effect === 'deny') return { verdict, notes: [] };
  const weighed = weigh(question, renews, state, context);
  if (!('obstacles' in weighed)) return { verdict: { effect: 'deny', reasons: [weighed] }, notes: [] };
  const { reservation, obstacles } = weighed;
  const extension = considered.extension ?? renews?.grant.extension;
  const isWaived = (obstacle: Obstacle): boolean => isAskable(obstacle) && extension?.over.includes(obstacle.limit) === true;
  const left = obstacles.filter((obstacle) => !isWaived(obstacle));
  if (left.length === 0) return { verdict, reservation, ...(extension && { extension: renews ? extension : Object.assign({}, extension, { by: overshoot(obstacles) }) }), notes: [] };
  const reasons = left.map(({ reason }) => reason);
  // Nobody is asked for what can never be granted.
  if (!left.every(isAskable)) return { verdict: { effect: 'deny', reasons }, notes: notesOf(left, question, state, context) };
  if (verdict.effect === 'ask') return { verdict, reservation, notes: [] };
  const confirmation = left.every(({ then }) => then === 'ask_user_to_confirm') && approverOf(context.controls, question.sub) !== undefined;
  const { escalateTo } = question.contract.document.fallbacks;
  return {
    verdict: { effect: 'ask', reasons, tier: confirmation ? CONFIRMATION_TIER : DEFAULT_TIER, quorum: DEFAULT_QUORUM, roles: confirmation ? [] : escalateTo, within: hours(DEFAULT_APPROVAL_HOURS) },
    reservation,
    asks: { over: [...new Set(left.map(({ limit }) => limit))], confirmation },
    notes: notesOf(left, question, state, context),
  };
};

/** By how much an action goes over the amounts that people let it go over. */
const overshoot = (obstacles: readonly Obstacle[]): Extension['by'] =>
  each((amount) => {
    const over = obstacles.find(({ limit }) => limit === LIMIT_OF[amount])?.over;
    return over ? over.used + over.reserved + over.wanted - over.cap : 0;
  });

/** Each limit is told once, and degrades once. */
const notesOf = (obstacles: readonly Obstacle[], { action, run }: Question, state: DecisionState, { controls }: QuestionContext): readonly Output[] => {
  const { tenant, workflow, run: id, step } = action;
  const place = { tenant, workflow, run: id, step };
  const tallyOf = ({ scope, period }: Over): Tally | undefined => (scope === 'run' ? run.spending : state.spending.get(workflowKey(action))?.periods.get(period ?? ''));
  const degraded = new Set<LimitScope>();
  return obstacles.flatMap(({ over }): readonly Output[] => {
    if (!over || over.limit === 'repeats' || over.scope === 'workflow') return [];
    const tally = tallyOf(over);
    const { scope, period, limit } = over;
    const at = { scope, ...(period !== undefined && { period }), limit };
    const told: readonly Output[] = tally?.exhausted.has(limit) ? [] : [{ type: 'countersign.budget.exhausted', ...place, subject: `${scope}/${limit}`, data: { ...at, cap: over.cap, used: over.used, reserved: over.reserved, wanted: over.wanted, then: over.then } }];
    if (over.then !== 'degrade_to_read_only' || tally?.readOnly || degraded.has(scope)) return told;
    degraded.add(scope);
    return [...told, { type: 'countersign.workflow.degraded', ...place, subject: scope, data: { ...at, to: over.then, controlEpoch: controls.epoch } }];
  });
};
