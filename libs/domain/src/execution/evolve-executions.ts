import type { Cause, Event } from '@countersign/contracts';
import { parseTimestamp, type Instant } from '@countersign/kernel';
import { EndedActions, onceKey } from '../ended-actions.js';
import { isAmong } from '../event-type.js';
import { firstCause } from '../first-cause.js';
import type { FrozenHours } from '../hour-memory.js';
import { isDecidedAnew } from '../reason-codes.js';
import { callBegins, callEnds, freezeBreakers, thawBreakers, turnBreaker, type FrozenBreaker } from './breakers.js';
import { counted, UNRESOLVED_MEMORY } from './constants.js';
import { callsWith, SAID_DONE } from './evidence.js';
import type { ExecutionState, OpenGrant, OpenPreview, ShownPreview } from './execution-state.js';

export const initialExecutions = (): ExecutionState => ({ open: new Map(), byKey: new Map(), used: new Map(), unresolved: new Map(), ended: new EndedActions(), breakers: new Map(), turns: new Map(), previews: new Map(), shown: new Map() });

const OWN = [
  'countersign.attempt.started',
  'countersign.action.succeeded',
  'countersign.action.failed',
  'countersign.action.unknown',
  'countersign.action.verified',
  'countersign.action.diverged',
  'countersign.grant.refused',
  'countersign.breaker.opened',
  'countersign.breaker.closed',
  'countersign.preview.started',
  'countersign.action.previewed',
] as const;

/** Folds one of the executor's own events in, in place. Total. */
export const evolveExecutions = (state: ExecutionState, event: Event, cause: Cause): ExecutionState => {
  if (!isAmong(event, OWN)) return state;
  const at = parseTimestamp(event.time) ?? (0 as Instant);
  forget(state, at);
  if (event.type === 'countersign.attempt.started') {
    attempt(state, event, cause);
    return state;
  }
  if (event.type === 'countersign.breaker.opened' || event.type === 'countersign.breaker.closed') {
    if (event.tenant !== undefined) turnBreaker(state, event.tenant, event, 'until' in event.data ? parseTimestamp(event.data.until) : undefined);
    return state;
  }
  if (event.type === 'countersign.preview.started') {
    previewBegins(state, event, cause);
    return state;
  }
  if (event.type === 'countersign.action.previewed') {
    const { jti, approval, preview, runDeadline } = event.data;
    state.previews.delete(jti);
    state.shown.set(approval, { ...(preview.kind !== 'none' && { hash: preview.hash }), until: parseTimestamp(runDeadline) ?? at });
    return state;
  }
  const open = state.open.get(event.data.jti);
  if (!open) return state;
  open.newest = cause;
  // What follows a look is about the look.
  if (open.phase.status === 'calling' && event.type !== 'countersign.grant.refused') {
    const ended = 'code' in event.data ? event.data : undefined;
    callEnds(state, open, ended?.code, at);
    open.calls = callsWith(open, ended ?? { code: SAID_DONE }, at);
  }
  switch (event.type) {
    case 'countersign.action.succeeded': {
      const { readBack, result, blob, outsideId } = event.data;
      if (!readBack) return close(state, open, at);
      open.mayBeDone = true;
      open.phase = { status: 'reading-back', since: at, said: { said: 'done', ...(result && { result }), ...(blob && { blob }), ...(outsideId !== undefined && { outsideId }) } };
      return state;
    }
    case 'countersign.action.failed':
      open.spent += counted(event.data.code);
      open.phase = { status: 'between' };
      return event.data.retrying ? state : close(state, open, at);
    case 'countersign.action.unknown': {
      const { code, resolving, readBack } = event.data;
      if (!resolving) return close(state, open, at);
      open.mayBeDone = true;
      open.spent += counted(code);
      open.phase = readBack ? { status: 'reading-back', since: at, said: { said: 'nothing', code } } : { status: 'between' };
      return state;
    }
    case 'countersign.action.verified':
    case 'countersign.action.diverged':
      return close(state, open, at);
    case 'countersign.grant.refused': {
      const { spent, first, mayBeDone, calls } = open;
      if (isDecidedAnew(event.data.code)) state.unresolved.set(onceKey(open.idempotencyKey, open.again), { spent, first, mayBeDone, calls, since: at });
      return end(state, open);
    }
  }
};

const attempt = (state: ExecutionState, event: Event<'countersign.attempt.started'>, cause: Cause): void => {
  const { tenant, workflow, run, step, data } = event;
  const startsAt = parseTimestamp(data.startsAt);
  const deadline = parseTimestamp(data.deadline);
  const runDeadline = parseTimestamp(data.runDeadline);
  if (startsAt === undefined || deadline === undefined || runDeadline === undefined) return;
  const nextCall = data.nextCall === undefined ? undefined : parseTimestamp(data.nextCall);
  if (nextCall !== undefined) state.turns.set(data.tool, nextCall);
  const open = state.open.get(data.jti);
  if (open) {
    open.attempt = data.attempt;
    open.phase = { status: 'calling', startsAt, deadline };
    open.newest = cause;
    callBegins(state, open, startsAt, deadline);
    return;
  }
  const grant = firstCause(event.causes);
  if (!grant || tenant === undefined || workflow === undefined || run === undefined || step === undefined) return;
  const { jti, actionHash, tool, toolContractHash, idempotencyKey, again, exp } = data;
  const once = onceKey(idempotencyKey, again);
  const { spent, first, mayBeDone, calls } = state.unresolved.get(once) ?? { spent: 0, first: startsAt, mayBeDone: data.afterUnknown, calls: [] };
  state.unresolved.delete(once);
  const about = { jti, actionHash, tenant, workflow, run, step, grant, tool, toolContractHash, idempotencyKey, ...(again !== undefined && { again }), exp, runDeadline };
  const begun: OpenGrant = { ...about, attempt: data.attempt, spent, first, mayBeDone, calls, phase: { status: 'calling', startsAt, deadline }, newest: cause };
  state.open.set(jti, begun);
  callBegins(state, begun, startsAt, deadline);
  state.byKey.set(idempotencyKey, jti);
  state.used.set(jti, exp);
};

const previewBegins = (state: ExecutionState, event: Event<'countersign.preview.started'>, newest: Cause): void => {
  const { tenant, workflow, run, step, data } = event;
  const grant = firstCause(event.causes);
  const runDeadline = parseTimestamp(data.runDeadline);
  if (!grant || runDeadline === undefined || tenant === undefined || workflow === undefined || run === undefined || step === undefined) return;
  const { jti, approval, actionHash, tool, toolContractHash, exp } = data;
  state.previews.set(jti, { jti, approval, actionHash, tenant, workflow, run, step, grant, tool, toolContractHash, exp, runDeadline, newest });
};

/** The action has come to its end, not only the grant. */
const close = (state: ExecutionState, open: OpenGrant, at: Instant): ExecutionState => {
  state.ended.add(open, at);
  return end(state, open);
};

const end = (state: ExecutionState, open: OpenGrant): ExecutionState => {
  state.open.delete(open.jti);
  if (state.byKey.get(open.idempotencyKey) === open.jti) state.byKey.delete(open.idempotencyKey);
  return state;
};

/** By the events' own time, so that two folds of one log remember the same. The maps are oldest first, give or take clocks. */
const forget = (state: ExecutionState, now: Instant): void => {
  for (const [jti, exp] of state.used) {
    if (exp * 1_000 > now) break;
    state.used.delete(jti);
  }
  for (const [key, { since }] of state.unresolved) {
    if (since > now - UNRESOLVED_MEMORY) break;
    state.unresolved.delete(key);
  }
  for (const [approval, { until }] of state.shown) {
    if (until > now) break;
    state.shown.delete(approval);
  }
};

/** JSON form of the state, for snapshots. */
export interface FrozenExecutions {
  readonly open: readonly OpenGrant[];
  readonly used: readonly (readonly [string, number])[];
  readonly unresolved: readonly (readonly [string, ReturnType<ExecutionState['unresolved']['get']> & object])[];
  readonly ended: FrozenHours;
  readonly breakers: readonly FrozenBreaker[];
  readonly turns: readonly (readonly [string, Instant])[];
  readonly previews: readonly OpenPreview[];
  readonly shown: readonly (readonly [string, ShownPreview])[];
}

export const freezeExecutions = (state: ExecutionState): FrozenExecutions => ({
  open: [...state.open.values()].map((open) => ({ ...open })),
  used: [...state.used],
  unresolved: [...state.unresolved],
  ended: state.ended.freeze(),
  breakers: freezeBreakers(state.breakers),
  turns: [...state.turns],
  previews: [...state.previews.values()],
  shown: [...state.shown],
});

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawExecutions = (frozen: unknown): ExecutionState => {
  const { open, used, unresolved, ended, breakers, turns, previews, shown } = frozen as FrozenExecutions;
  return {
    open: new Map(open.map((grant) => [grant.jti, { ...grant }])),
    byKey: new Map(open.map((grant) => [grant.idempotencyKey, grant.jti])),
    used: new Map(used),
    unresolved: new Map(unresolved),
    ended: new EndedActions(ended),
    breakers: thawBreakers(breakers),
    turns: new Map(turns),
    previews: new Map(previews.map((preview) => [preview.jti, preview])),
    shown: new Map(shown),
  };
};
