import type { Action, Event, LimitScope } from '@countersign/contracts';
import type { Instant, RunId } from '@countersign/kernel';
import type { RunContext } from '../context/run-context.js';
import type { DecisionState, Grant } from '../decision/decision-state.js';
import { ErrorWindow } from '../error-window.js';
import { NOTHING } from './amounts.js';
import type { Periods } from './periods.js';
import { withGrant, withoutGrant } from './rate-window.js';
import { callKey } from './reservation.js';
import { isNothing, least, minus, plus, sumsOf, type Sums } from './sums.js';
import { noTally, workflowKey, type RunSpending, type Tally, type WorkflowSpending } from './spending.js';

type Spendings = Pick<DecisionState, 'contexts' | 'spending'>;

const ofRun = (state: Spendings, run: RunId | undefined): RunSpending | undefined => (run === undefined ? undefined : state.contexts.get(run)?.spending);

const workflowAt = (state: Spendings, key: string): WorkflowSpending => {
  const known = state.spending.get(key) ?? { day: '', month: '', periods: new Map<string, Tally>(), errors: new Map<string, ErrorWindow>(), granted: [] };
  state.spending.set(key, known);
  return known;
};

/** From now on no older period begins. What is over is let go once nothing is reserved in it. */
const open = (known: WorkflowSpending, scope: 'day' | 'month', period: string): Tally => {
  if (period > known[scope]) known[scope] = period;
  for (const [past, { reserved }] of known.periods) if (past !== known.day && past !== known.month && isNothing(reserved)) known.periods.delete(past);
  const tally = known.periods.get(period) ?? noTally();
  known.periods.set(period, tally);
  return tally;
};

const ONE_STEP = sumsOf(NOTHING, { steps: 1 });

/** A step counts for good, when it is first granted or asked about. */
export const countStep = (state: Spendings, action: Action, { day, month }: Periods): void => {
  const run = ofRun(state, action.run);
  if (!run || run.steps.has(action.step)) return;
  run.steps.add(action.step);
  const workflow = workflowAt(state, workflowKey(action));
  for (const tally of [run, open(workflow, 'day', day), open(workflow, 'month', month)]) tally.used = plus(tally.used, ONE_STEP);
};

/** A grant sets aside what it can use. `at`: time of its event. */
export const reserve = (state: Spendings, { action, reservation, extension }: Pick<Grant, 'action' | 'reservation' | 'extension'>, at: Instant): void => {
  const { wallClockMs: ms, day, month } = reservation;
  const run = ofRun(state, action.run);
  const workflow = workflowAt(state, workflowKey(action));
  // Only the end of a run that is known frees its time: who folds the log from somewhere in it knows no older runs.
  const reserved = sumsOf(reservation, run && { wallClock: ms });
  for (const tally of [open(workflow, 'day', day), open(workflow, 'month', month)]) tally.reserved = plus(tally.reserved, reserved);
  countStep(state, action, reservation);
  workflow.granted = withGrant(workflow.granted, at);
  if (!run) return;
  run.reserved = plus(run.reserved, sumsOf(reservation));
  if (ms > 0) run.time = [...run.time, { ms, day, month }];
  if (extension) run.extended = plus(run.extended, sumsOf(extension.by));
  const call = callKey(action);
  run.calls.set(call, (run.calls.get(call) ?? 0) + 1);
  run.granted = withGrant(run.granted, at);
};

const move = (tally: Tally, reserved: Sums, used: Sums): void => {
  tally.reserved = minus(tally.reserved, reserved);
  tally.used = plus(tally.used, used);
};

/** What was set aside in a day and month is used, or free again. */
const moveIn = (workflow: WorkflowSpending | undefined, { day, month }: Periods, reserved: Sums, used: Sums): void => {
  for (const period of [day, month]) {
    const tally = workflow?.periods.get(period);
    if (!workflow || !tally) continue;
    move(tally, reserved, used);
    if (period !== workflow.day && period !== workflow.month && isNothing(tally.reserved)) workflow.periods.delete(period);
  }
};

/** A run is closed: it took the time since it was opened, of what was set aside first. The rest is free. */
export const settleTime = (state: Pick<DecisionState, 'spending'>, run: Pick<RunContext, 'tenant' | 'workflow' | 'opened' | 'spending'>, at: Instant): void => {
  let took = Math.max(0, at - run.opened);
  for (const held of run.spending.time) {
    const used = Math.min(held.ms, took);
    took -= used;
    moveIn(state.spending.get(workflowKey(run)), held, sumsOf(NOTHING, { wallClock: held.ms }), sumsOf(NOTHING, { wallClock: used }));
  }
};

/** A grant has come to its end: what it did not use is free, in the periods in which it was set aside. */
export const settle = (state: Spendings, { action, reservation, extension }: Pick<Grant, 'action' | 'reservation' | 'extension'>, { data }: Event<'countersign.budget.settled'>, at: Instant): void => {
  const [reserved, used] = [sumsOf(reservation), sumsOf(data.used)];
  const workflow = state.spending.get(workflowKey(action));
  moveIn(workflow, reservation, reserved, used);
  if (workflow && data.tries) {
    const window = workflow.errors.get(action.tool) ?? new ErrorWindow();
    window.add(data.tries, at);
    workflow.errors.set(action.tool, window);
  }
  if (workflow && data.outcome === 'refused') workflow.granted = withoutGrant(workflow.granted);
  const run = ofRun(state, action.run);
  if (!run) return;
  move(run, reserved, used);
  if (extension) run.extended = minus(run.extended, least(sumsOf(extension.by), minus(reserved, used)));
  if (data.outcome !== 'refused') return;
  // Nothing came of it.
  run.granted = withoutGrant(run.granted);
  const call = callKey(action);
  const calls = (run.calls.get(call) ?? 0) - 1;
  if (calls > 0) run.calls.set(call, calls);
  else run.calls.delete(call);
};

/** Also of a period in which nothing was ever granted, because its cap has no room for anything. */
const tallyAt = (state: Spendings, event: Event, scope: LimitScope, period: string | undefined): Tally | undefined => {
  if (scope === 'run') return ofRun(state, event.run);
  if (scope === 'workflow' || period === undefined) return undefined;
  return open(workflowAt(state, workflowKey({ tenant: event.tenant ?? '', workflow: event.workflow ?? '' })), scope, period);
};

export const exhaust = (state: Spendings, event: Event<'countersign.budget.exhausted'>): void => void tallyAt(state, event, event.data.scope, event.data.period)?.exhausted.add(event.data.limit);

export const degrade = (state: Spendings, event: Event<'countersign.workflow.degraded'>): void => {
  const { scope, period, to, tool, controlEpoch } = event.data;
  if (scope !== 'workflow') {
    const tally = tallyAt(state, event, scope, period);
    if (tally) tally.readOnly = true;
    return;
  }
  const workflow = state.spending.get(workflowKey({ tenant: event.tenant ?? '', workflow: event.workflow ?? '' }));
  if (!workflow) return;
  workflow.degraded = { to, tool: tool ?? '', epoch: controlEpoch };
  // When a person has restored it, what failed before does not count again.
  workflow.errors.delete(tool ?? '');
};
