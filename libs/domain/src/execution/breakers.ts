import type { Event } from '@countersign/contracts';
import { timestamp, type Instant } from '@countersign/kernel';
import { ErrorWindow, isTooMany, type FrozenErrors } from '../error-window.js';
import type { Output } from '../output.js';
import { ANSWER_INVALID, BREAKER_CALLS, BREAKER_PAUSE, BREAKER_SHARE, BREAKER_WINDOW, SETTLE_MARGIN } from './constants.js';
import type { ExecutionState, OpenGrant } from './execution-state.js';
import { placeOf } from './outputs.js';

/** Of one tool for one tenant, in one partition. */
export interface Breaker {
  readonly window: ErrorWindow;
  /** Absent while it is closed. */
  open?: { readonly until: Instant; readonly probe?: Probe };
}

/** The one call that goes out when the pause is over. */
export interface Probe {
  readonly call: string;
  /** What it comes to is known by then. */
  readonly until: Instant;
}

export type FrozenBreaker = readonly [string, FrozenErrors, Breaker['open'] | null];

type Whose = Pick<OpenGrant, 'tenant' | 'tool'>;

const keyOf = ({ tenant, tool }: Whose): string => `${tenant} ${tool}`;
const callOf = ({ jti, attempt }: Pick<OpenGrant, 'jti' | 'attempt'>): string => `${jti}/${attempt}`;

/**
 * What a call says of its tool. Codes of the network and of timeouts are upper case. Of the rest only those of HTTP say something: a tool
 * that refuses is there. Lower case are our own, of a grant or of a call that was held back, and what an adapter makes of a refusal that
 * is no status.
 */
const weighed = (code: string | undefined): 'good' | 'bad' | 'nothing' => {
  if (code === undefined || code === ANSWER_INVALID) return 'good';
  if (code.startsWith('http.')) return code.startsWith('http.5') ? 'bad' : 'good';
  return /^[A-Z]/.test(code) ? 'bad' : 'nothing';
};

/** Until when no call may go out that would at `at`; `undefined` where it may. */
export const shutUntil = (whose: Whose, state: ExecutionState, at: Instant): Instant | undefined => {
  const open = state.breakers.get(keyOf(whose))?.open;
  if (!open) return undefined;
  if (open.until > at) return open.until;
  // Whoever takes the partition over meanwhile hears of the probe's end a little later.
  return open.probe && ((Math.max(open.probe.until, at) + SETTLE_MARGIN) as Instant);
};

/** What a call that came to `code` makes of the breaker. `code` is absent where it was done. */
export const breakerAfter = (grant: OpenGrant, code: string | undefined, state: ExecutionState, now: Instant): readonly Output<'countersign.breaker.opened' | 'countersign.breaker.closed'>[] => {
  const breaker = state.breakers.get(keyOf(grant));
  const verdict = weighed(code);
  if (verdict === 'nothing') return [];
  const { tool } = grant;
  const opened = (tries: { readonly calls: number; readonly errors: number }): Output<'countersign.breaker.opened'> => ({
    type: 'countersign.breaker.opened',
    ...placeOf(grant),
    data: { tool, until: timestamp((now + BREAKER_PAUSE) as Instant), tries },
  });
  const failed = { calls: 1, errors: 1 };
  if (breaker?.open) {
    if (breaker.open.probe?.call !== callOf(grant)) return [];
    return [verdict === 'good' ? { type: 'countersign.breaker.closed', ...placeOf(grant), data: { tool } } : opened(failed)];
  }
  if (verdict === 'good') return [];
  const sum = breaker?.window.sum(now, failed) ?? failed;
  return isTooMany(sum, BREAKER_SHARE, BREAKER_CALLS) ? [opened(sum)] : [];
};

/** Folds in that a call is announced: the first behind the pause is the one that is tried. */
export const callBegins = (state: ExecutionState, grant: OpenGrant, startsAt: Instant, until: Instant): void => {
  const breaker = state.breakers.get(keyOf(grant));
  if (breaker?.open && !breaker.open.probe && breaker.open.until <= startsAt) breaker.open = { until: breaker.open.until, probe: { call: callOf(grant), until } };
};

/** Folds in what a call came to. A probe that says nothing of its tool leaves its place to the next. */
export const callEnds = (state: ExecutionState, grant: OpenGrant, code: string | undefined, at: Instant): void => {
  const verdict = weighed(code);
  const breaker = state.breakers.get(keyOf(grant)) ?? { window: new ErrorWindow([], BREAKER_WINDOW) };
  state.breakers.set(keyOf(grant), breaker);
  if (breaker.open?.probe?.call === callOf(grant)) breaker.open = { until: breaker.open.until };
  if (verdict !== 'nothing') breaker.window.add({ calls: 1, errors: verdict === 'bad' ? 1 : 0 }, at);
};

/** Folds in that a breaker opens or closes. What failed before counts no more. */
export const turnBreaker = (state: ExecutionState, tenant: OpenGrant['tenant'], event: Event<'countersign.breaker.opened' | 'countersign.breaker.closed'>, until: Instant | undefined): void => {
  const window = new ErrorWindow([], BREAKER_WINDOW);
  state.breakers.set(keyOf({ tenant, tool: event.data.tool }), until === undefined ? { window } : { window, open: { until } });
};

export const freezeBreakers = (breakers: ExecutionState['breakers']): readonly FrozenBreaker[] => [...breakers].map(([key, { window, open }]) => [key, window.freeze(), open ?? null] as const);

export const thawBreakers = (frozen: readonly FrozenBreaker[]): ExecutionState['breakers'] =>
  new Map(frozen.map(([key, window, open]) => [key, { window: new ErrorWindow(window, BREAKER_WINDOW), ...(open && { open }) }]));
