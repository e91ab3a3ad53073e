import { describe, expect, it } from 'vitest';
import { parseTimestamp, timestamp, type Instant } from '@countersign/kernel';
import { at, calling, context, done, garbled, interrupted, LABEL, newest, onCall, ONCE, ONCE_UNSEEN, refused, SINGLE, status, timeout, UNSEEN_REFUND, went } from '@countersign/testing/executor-world';
import { NOW } from '@countersign/testing/given';
import { GET_CHARGE, REFUND } from '@countersign/testing/refund-desk';
import type { Output } from '../output.js';
import { decideCall } from './decide-call.js';
import type { CallOutcome } from './execution-context.js';

/** How long the next call waits, and for how long it may go on. */
const nextOf = (outputs: readonly Output[]): { readonly wait: number; readonly span: number } | undefined => {
  const next = outputs.find((output) => output.type === 'countersign.attempt.started');
  return next && { wait: (parseTimestamp(next.data.startsAt) ?? 0) - NOW, span: (parseTimestamp(next.data.deadline) ?? 0) - (parseTimestamp(next.data.startsAt) ?? 0) };
};

describe('a call', () => {
  it('that is answered ends the grant, or is looked at where the tool can be', () => {
    expect(calling(UNSEEN_REFUND).when(onCall(done))).toMatchObject([{ type: 'countersign.action.succeeded', data: { attempt: 1, result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 12, usedMicroUsd: 2_000, readBack: false } }]);
    expect(calling().when(onCall(done))).toMatchObject([{ type: 'countersign.action.succeeded', data: { readBack: true } }]);
  });

  it('that did more than was decided on diverges, and what came back is not handed on', () => {
    const exceeded = { ...done, exceeded: [{ pointer: '/rows', message: 'is more than the `rows` that was decided on' }] };
    expect(calling().when(onCall(exceeded))).toMatchObject([{ type: 'countersign.action.diverged', data: { faults: exceeded.exceeded, outsideId: 're_1', usedMicroUsd: 2_000 } }]);
    expect(calling(GET_CHARGE).when(onCall(exceeded))).toMatchObject([{ type: 'countersign.action.diverged' }]);
    expect(JSON.stringify(calling().when(onCall(exceeded)))).not.toContain('"result"');
    expect(went(calling(), exceeded).state.open.size).toBe(0);
  });

  it('that is refused for good fails', () => {
    expect(calling().when(onCall(status(409)))).toMatchObject([{ type: 'countersign.action.failed', data: { code: 'http.409', retrying: false } }]);
  });

  it.each([
    ['was never sent', refused, 'ECONNREFUSED'],
    ['came at a bad time', status(429), 'http.429'],
  ])('that %s is made again after a while, under the same key', (_, outcome, code) => {
    const so = calling();
    expect(so.when(onCall(outcome))).toMatchObject([
      { type: 'countersign.action.failed', data: { attempt: 1, code, retrying: true } },
      { type: 'countersign.attempt.started', data: { attempt: 2, idempotencyKey: [...so.state.byKey.keys()][0], afterUnknown: false } },
    ]);
    expect(nextOf(so.when(onCall(outcome)))).toEqual({ wait: expect.toSatisfy((wait: number) => wait >= 0 && wait < 500), span: 5_000 });
  });

  it.each([
    ['got no answer', timeout, 'TOOL_TIMEOUT'],
    ['broke off', { kind: 'broken', code: 'ECONNRESET', latencyMs: 3 } as const, 'ECONNRESET'],
    ['was answered by a server in trouble', status(500), 'http.500'],
    ['was an earlier owner’s', interrupted, 'attempt.interrupted'],
  ])('of a write that %s is unknown, and made again under the same key', (_, outcome, code) => {
    expect(calling().when(onCall(outcome))).toMatchObject([
      { type: 'countersign.action.unknown', data: { code, resolving: true, readBack: false } },
      { type: 'countersign.attempt.started', data: { attempt: 2, afterUnknown: true } },
    ]);
  });

  it.each([timeout, status(500), interrupted])('of a read has changed nothing whatever came of it ($kind)', (outcome) => {
    expect(calling(GET_CHARGE).when(onCall(outcome))).toMatchObject([{ type: 'countersign.action.failed', data: { retrying: true } }, { type: 'countersign.attempt.started', data: { afterUnknown: false } }]);
  });

  it.each([
    ['is looked for where it can be', ONCE, timeout, { resolving: true, readBack: true }],
    ['is not known where it cannot', ONCE_UNSEEN, timeout, { resolving: false, readBack: false }],
    ['is looked for after an answer that makes no sense: the same call would bring the same answer', REFUND, garbled, { resolving: true, readBack: true }],
    ['is looked for after a redirect, which is not followed', REFUND, status(303), { code: 'redirect.refused', resolving: true, readBack: true }],
  ])('whose effect nobody knows, and that must not be repeated, %s', (_, tool, outcome, what) => {
    expect(calling(tool).when(onCall(outcome))).toMatchObject([{ type: 'countersign.action.unknown', data: what }]);
  });

  it('that was refused has failed, and is not made again', () => {
    expect(calling().when(onCall({ kind: 'refused', code: 'tool.quarantined', latencyMs: 3 }))).toMatchObject([{ type: 'countersign.action.failed', data: { code: 'tool.quarantined', retrying: false } }]);
  });

  it('is made as often as the tool says, and then the effect is looked for', () => {
    const twice = went(went(calling(), timeout), timeout);
    expect(newest(twice.state).attempt).toBe(3);
    expect(twice.when(onCall(timeout))).toMatchObject([{ type: 'countersign.action.unknown', data: { attempt: 3, resolving: true, readBack: true } }]);
  });

  it('is not counted against the tool where we broke it off ourselves', () => {
    let so = calling();
    for (let crash = 0; crash < 5; crash += 1) so = went(so, interrupted);
    expect(so.when(onCall(interrupted))).toMatchObject([{ data: { resolving: true } }, { type: 'countersign.attempt.started', data: { attempt: 7 } }]);
  });

  it('of a tool that knows no keys is made again as long as nothing can have been done', () => {
    expect(calling(ONCE).when(onCall(refused))).toMatchObject([{ type: 'countersign.action.failed', data: { retrying: true } }, { type: 'countersign.attempt.started' }]);
    expect(went(calling(ONCE), refused).when(onCall(timeout))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: true, readBack: true } }]);
  });

  it('that we held back ourselves is made again even where the tool is called only once', () => {
    const heldBack: CallOutcome = { kind: 'not-sent', code: 'attempt.interrupted', latencyMs: 0 };
    expect(calling(SINGLE).when(onCall(heldBack))).toMatchObject([{ data: { retrying: true } }, { type: 'countersign.attempt.started' }]);
    expect(calling(SINGLE).when(onCall(refused))).toMatchObject([{ data: { retrying: false } }]);
  });

  it('for which no credential can be had fails at once where asking again would not help, and is made again where it may', () => {
    const none = (final: boolean): CallOutcome => ({ kind: 'not-sent', code: 'credential.refused', final, latencyMs: 3 });
    expect(calling().when(onCall(none(true)))).toMatchObject([{ type: 'countersign.action.failed', data: { code: 'credential.refused', retrying: false } }]);
    expect(calling().when(onCall(none(false)))).toMatchObject([{ data: { retrying: true } }, { type: 'countersign.attempt.started' }]);
    expect(went(calling(), timeout).when(onCall(none(true)))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: true } }]);
  });

  it('that is refused for good after one that nobody knows is not a failure', () => {
    expect(went(calling(), timeout).when(onCall(status(409)))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'http.409', resolving: true, readBack: true } }]);
    expect(went(calling(UNSEEN_REFUND), timeout).when(onCall(status(409)))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: false } }]);
  });

  it('waits a part of what it may that its own id chooses, of more each time, and decides it once', () => {
    const waits = (outcomes: number): readonly number[] =>
      Array.from({ length: 200 }, (_, nth) => {
        let so = calling(LABEL, `jti-${nth}`);
        for (let count = 1; count < outcomes; count += 1) so = went(so, refused);
        return nextOf(so.when(onCall(refused)))?.wait ?? -1;
      });
    const [first, second] = [waits(1), waits(2)];
    expect(waits(1)).toEqual(first);
    for (const [found, most] of [[first, 500], [second, 2_000]] as const) {
      expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...found)).toBeLessThan(most / 10);
      expect(Math.max(...found)).toBeLessThan(most);
      expect(Math.max(...found)).toBeGreaterThan(most * 0.9);
    }
  });

  it.each([429, 503])('that a tool puts off (%d) waits as long as it asks', (code) => {
    expect(nextOf(calling().when(onCall({ ...status(code), retryAfterMs: 20_000 })))?.wait).toBe(20_000);
  });

  it('that a tool puts off for longer than the grant lives is decided anew when that is over', () => {
    const busy = { ...status(429), retryAfterMs: 90_000 };
    const until = timestamp((NOW + 90_000) as Instant);
    expect(calling().when(onCall(busy))).toMatchObject([{ data: { retrying: true } }, { type: 'countersign.grant.refused', data: { code: 'tool.retry-after', until, mayBeDone: false } }]);
    expect(calling(UNSEEN_REFUND).when(onCall({ ...status(503), retryAfterMs: 90_000 }))).toMatchObject([{ data: { resolving: true } }, { type: 'countersign.grant.refused', data: { code: 'tool.retry-after', until, mayBeDone: true } }]);
    expect(calling().when(onCall({ ...status(503), retryAfterMs: 90_000 }))).toMatchObject([{ type: 'countersign.action.unknown', data: { readBack: true } }]);
  });

  it('whose end nobody knows leaves its key, its calls, their times and what the tool calls them', () => {
    const busy = { ...status(503), requestId: 'req_1' };
    const so = went(calling(UNSEEN_REFUND), timeout, at(NOW + 5_000));
    const second = went(so, busy, at(NOW + 7_000));
    const { idempotencyKey } = [...so.state.open.values()][0] ?? {};
    const calls = [
      { jti: 'jti-1', attempt: 1, startsAt: timestamp(NOW), endedAt: timestamp((NOW + 5_000) as Instant), code: 'TOOL_TIMEOUT' },
      { attempt: 2, endedAt: timestamp((NOW + 7_000) as Instant), code: 'http.503', requestId: 'req_1' },
      { attempt: 3, endedAt: timestamp((NOW + 9_000) as Instant), code: 'http.409' },
    ];
    expect(second.when(onCall(status(409), at(NOW + 9_000)))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: false, evidence: { tool: 'payments.unseen', idempotencyKey, calls, looks: [] } } }]);
  });

  it('says nothing once another attempt is under way', () => {
    const so = went(calling(), timeout);
    expect(decideCall({ jti: 'jti-1', attempt: 1 }, done, so.state, context)).toEqual([]);
  });
});
