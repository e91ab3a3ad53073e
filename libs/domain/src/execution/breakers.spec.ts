import { describe, expect, it } from 'vitest';
import { seconds, timestamp, type Instant } from '@countersign/kernel';
import { at, done, EXP, executor, grantFor, LABEL, onGrant, RATED, refused, status, timeout } from '@countersign/testing/executor-world';
import { given, NOW, type Given } from '@countersign/testing/given';
import type { Output } from '../output.js';
import { BREAKER_CALLS, BREAKER_PAUSE, SETTLE_MARGIN } from './constants.js';
import { decideCall } from './decide-call.js';
import { freezeExecutions, thawExecutions } from './evolve-executions.js';
import type { CallOutcome } from './execution-context.js';
import type { ExecutionState } from './execution-state.js';

const grant = (nth: number, tool = LABEL) => grantFor(tool, `jti-${nth}`, EXP + 600, `step-${nth}`);
const begin = (so: Given<ExecutionState>, nth: number, now: number = NOW): Given<ExecutionState> => so.handle(grant(nth), onGrant(grant(nth), at(now)), now as Instant);
const attemptOf = (state: ExecutionState, nth: number): number => state.open.get(`jti-${nth}`)?.attempt ?? 0;
const onEnd = (nth: number, outcome: CallOutcome, now: number = NOW) => (state: ExecutionState): readonly Output[] => decideCall({ jti: `jti-${nth}`, attempt: attemptOf(state, nth) }, outcome, state, at(now));
const end = (so: Given<ExecutionState>, nth: number, outcome: CallOutcome, now: number = NOW): Given<ExecutionState> => so.handle(so.newest, onEnd(nth, outcome, now), now as Instant);
const typesOf = (outputs: readonly Output[]): readonly string[] => outputs.map(({ type }) => type.replace('countersign.', ''));

/** So many calls are under way, and all but the last came to `outcome`. */
const after = (outcome: CallOutcome, calls = BREAKER_CALLS): Given<ExecutionState> => {
  let so = given(executor);
  for (let nth = 1; nth <= calls; nth += 1) so = begin(so, nth);
  for (let nth = 1; nth < calls; nth += 1) so = end(so, nth, outcome);
  return so;
};
const OPEN_UNTIL = (NOW + BREAKER_PAUSE) as Instant;
const opened = (): Given<ExecutionState> => end(after(timeout), BREAKER_CALLS, timeout);
const again = (now: number): Given<ExecutionState> => begin(opened(), 50, now);

describe('a breaker', () => {
  it.each([
    ['no answer', timeout],
    ['a server in trouble', status(502)],
    ['a connection that breaks', { kind: 'broken', code: 'ECONNRESET', latencyMs: 1 } as const],
    ['a request that never left', refused],
  ])('opens where most of enough calls came to %s, and the call that was to follow is put off with it', (_, outcome) => {
    const last = after(outcome).when(onEnd(BREAKER_CALLS, outcome));
    expect(last).toMatchObject([
      {},
      { type: 'countersign.breaker.opened', data: { tool: 'labels.add', until: timestamp(OPEN_UNTIL), tries: { calls: BREAKER_CALLS, errors: BREAKER_CALLS } } },
      { type: 'countersign.grant.refused', data: { code: 'breaker.open', until: timestamp(OPEN_UNTIL) } },
    ]);
  });

  it.each([
    ['a tool that refuses', status(422)],
    ['a tool that is busy', status(429)],
    ['a call that we held back', { kind: 'not-sent', code: 'attempt.interrupted', latencyMs: 0 } as const],
    ['a call that a kill broke off', { kind: 'broken', code: 'killed', latencyMs: 0 } as const],
  ])('stays closed for %s', (_, outcome) => {
    expect(typesOf(after(outcome).when(onEnd(BREAKER_CALLS, outcome)))).not.toContain('breaker.opened');
  });

  it('stays closed for few calls, for few failures, and for what is long over', () => {
    expect(typesOf(after(timeout, BREAKER_CALLS - 1).when(onEnd(BREAKER_CALLS - 1, timeout)))).not.toContain('breaker.opened');
    expect(typesOf(after(done).when(onEnd(BREAKER_CALLS, timeout)))).not.toContain('breaker.opened');
    const later = NOW + seconds(120);
    expect(typesOf(after(timeout).when(onEnd(BREAKER_CALLS, timeout, later)))).not.toContain('breaker.opened');
  });

  it('lets nothing through while it is open, and says until when', () => {
    expect(opened().when(onGrant(grant(50), at(NOW + 1)))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'breaker.open', until: timestamp(OPEN_UNTIL) } }]);
  });

  it('leaves other tools alone', () => {
    expect(typesOf(opened().when(onGrant(grant(50, RATED), at(NOW + 1))))).toEqual(['attempt.started']);
  });

  it('lets one call through when the pause is over, and the next when it is known what came of that', () => {
    const tried = again(OPEN_UNTIL);
    expect(typesOf(tried.log.slice(-1).map(({ event }) => event as never))).toEqual(['attempt.started']);
    expect(tried.when(onGrant(grant(51), at(OPEN_UNTIL)))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'breaker.open', until: timestamp((OPEN_UNTIL + LABEL.timeout + SETTLE_MARGIN) as Instant) } }]);
  });

  it('does not spin where nobody knows yet what came of that call though its time is over', () => {
    const late = OPEN_UNTIL + LABEL.timeout + 1;
    expect(again(OPEN_UNTIL).when(onGrant(grant(51), at(late)))).toMatchObject([{ data: { code: 'breaker.open', until: timestamp((late + SETTLE_MARGIN) as Instant) } }]);
  });

  it.each([
    ['is done', done],
    ['is refused by a tool that is there', status(409)],
  ])('closes when that call %s', (_, outcome) => {
    const tried = again(OPEN_UNTIL);
    expect(typesOf(tried.when(onEnd(50, outcome, OPEN_UNTIL)))).toContain('breaker.closed');
    expect(typesOf(end(tried, 50, outcome, OPEN_UNTIL).when(onGrant(grant(51), at(OPEN_UNTIL))))).toEqual(['attempt.started']);
  });

  it('opens again when that call fails', () => {
    expect(again(OPEN_UNTIL).when(onEnd(50, timeout, OPEN_UNTIL))).toMatchObject([{}, { type: 'countersign.breaker.opened', data: { until: timestamp((OPEN_UNTIL + BREAKER_PAUSE) as Instant), tries: { calls: 1, errors: 1 } } }, { data: { code: 'breaker.open' } }]);
  });

  it('lets another call try where that call says nothing of the tool', () => {
    const held: CallOutcome = { kind: 'not-sent', code: 'mode', latencyMs: 0 };
    const tried = again(OPEN_UNTIL);
    expect(typesOf(tried.when(onEnd(50, held, OPEN_UNTIL)))).toEqual(['action.failed', 'grant.refused']);
    expect(typesOf(end(tried, 50, held, OPEN_UNTIL).when(onGrant(grant(51), at(OPEN_UNTIL))))).toEqual(['attempt.started']);
  });

  it('is not moved by calls that were under way when it opened', () => {
    let so = given(executor);
    for (let nth = 1; nth <= BREAKER_CALLS + 2; nth += 1) so = begin(so, nth);
    for (let nth = 1; nth <= BREAKER_CALLS; nth += 1) so = end(so, nth, timeout);
    expect(typesOf(so.when(onEnd(BREAKER_CALLS + 1, done)))).toEqual(['action.succeeded']);
    expect(typesOf(so.when(onEnd(BREAKER_CALLS + 2, timeout)))).toEqual(['action.unknown', 'grant.refused']);
  });

  it('survives a snapshot', () => {
    for (const { state } of [after(timeout), opened(), again(OPEN_UNTIL)]) {
      expect(freezeExecutions(thawExecutions(JSON.parse(JSON.stringify(freezeExecutions(state)))))).toEqual(freezeExecutions(state));
    }
  });
});

describe('the rate of a tool', () => {
  const rated = (so: Given<ExecutionState>, nth: number, where = at(NOW)): Given<ExecutionState> => so.handle(grant(nth, RATED), onGrant(grant(nth, RATED), where), NOW);
  const startsOf = (so: Given<ExecutionState>): readonly number[] => [...so.state.open.values()].map(({ phase }) => (phase.status === 'calling' ? phase.startsAt - NOW : -1));

  it('lets calls wait their turn, in order', () => {
    expect(startsOf(rated(rated(rated(given(executor), 1), 2), 3))).toEqual([0, 500, 1_000]);
  });

  it('is shared by the partitions, none of which knows of the others', () => {
    const four = { ...at(NOW), partitions: 4 };
    expect(startsOf(rated(rated(given(executor), 1, four), 2, four))).toEqual([0, 2_000]);
  });

  it('holds for repeats too', () => {
    const so = end(rated(rated(rated(given(executor), 1), 2), 3), 1, refused);
    expect(startsOf(so)[0]).toBe(1_500);
  });

  it('puts off what would have its turn when its grant is over', () => {
    const short = grantFor(RATED, 'jti-9', NOW / 1_000 + 1, 'step-9');
    const so = rated(rated(rated(given(executor), 1), 2), 3);
    expect(so.when(onGrant(short, at(NOW)))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'tool.rate', until: timestamp((NOW + 1_500) as Instant) } }]);
  });
});
