import { describe, expect, it } from 'vitest';
import { hours, minutes, timestamp, type Instant, type KeyId } from '@countersign/kernel';
import { absent, at, calling, context, done, executor, EXP, found, grantFor, LABEL, looked, OK, onCall, ONCE_UNSEEN, onGrant, onLook, refused, status, timeout, UNSEEN_REFUND, went } from '@countersign/testing/executor-world';
import { given, NOW, type Written } from '@countersign/testing/given';
import { GET_CHARGE, proposalOf, REFUND } from '@countersign/testing/refund-desk';
import { freezeExecutions, thawExecutions } from './evolve-executions.js';
import type { CallOutcome } from './execution-context.js';

describe('a grant', () => {
  it('starts an attempt that says all that is needed to resolve it after a crash', () => {
    expect(given(executor).when(onGrant(grantFor(REFUND)))).toMatchObject([
      {
        type: 'countersign.attempt.started',
        data: { jti: 'jti-1', attempt: 1, tool: 'payments.refund', exp: EXP, idempotencyKey: proposalOf(REFUND, 'refund').action.idempotencyKey, startsAt: timestamp(NOW), deadline: timestamp((NOW + 5_000) as Instant), afterUnknown: false },
      },
    ]);
  });

  it.each([
    ['its check failed', grantFor(REFUND), context, { ok: false, code: 'audience', message: 'for another' } as const, 'audience'],
    ['it ran out', grantFor(REFUND), at(EXP * 1_000), OK, 'expired'],
    ['its tool contract was never published', grantFor({ ...REFUND, description: 'another' }), context, OK, 'tool.unknown'],
  ])('is refused where %s', (_why, grant, where, check, code) => {
    expect(given(executor).when(onGrant(grant, where, check))).toMatchObject([{ type: 'countersign.grant.refused', data: { jti: 'jti-1', code, mayBeDone: false } }]);
  });

  it('for another key is refused with the one that is held, so that the next can be for it', () => {
    const wrong = { ok: false, code: 'key.wrong', message: 'for another', key: 'fedcba9876543210' as KeyId } as const;
    expect(given(executor).when(onGrant(grantFor(REFUND), context, wrong))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'key.wrong', key: 'fedcba9876543210', mayBeDone: false } }]);
  });

  it('is acted on once', () => {
    expect(calling().when(onGrant(grantFor(REFUND)))).toEqual([]);
    const over = went(calling(UNSEEN_REFUND), done);
    expect(over.state.open.size).toBe(0);
    expect(over.when(onGrant(grantFor(UNSEEN_REFUND)))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'used' } }]);
  });

  it.each([
    ['was done', UNSEEN_REFUND, went(calling(UNSEEN_REFUND), done)],
    ['was seen to be done', REFUND, looked(went(calling(), done), found)],
    ['was done, and is not to be seen', REFUND, looked(went(calling(), done), absent)],
    ['failed', UNSEEN_REFUND, went(calling(UNSEEN_REFUND), status(404))],
    ['came to nobody knows what', ONCE_UNSEEN, went(calling(ONCE_UNSEEN), timeout)],
  ])('for a step that %s is refused until no grant of its run can be valid, also where it has the id of the first', (_, tool, over) => {
    expect(over.state.open.size).toBe(0);
    for (const late of [EXP * 1_000, NOW + minutes(59), NOW + hours(1)]) {
      const other = over.handle(grantFor(GET_CHARGE, 'jti-0', late / 1_000 + 60, 'charge'), onGrant(grantFor(GET_CHARGE, 'jti-0', late / 1_000 + 60, 'charge'), at(late)), late as Instant);
      expect(other.state.used.has('jti-1')).toBe(false);
      for (const jti of ['jti-1', 'jti-2']) {
        expect(other.when(onGrant(grantFor(tool, jti, late / 1_000 + 60), at(late)))).toMatchObject([{ type: 'countersign.grant.refused', data: { jti, code: 'used', mayBeDone: false } }]);
      }
    }
  });

  it('for a step that a person has done once more is acted on once for each answer, with the key of the first', () => {
    const again = (escalation: string, jti: string): Written => {
      const grant = grantFor(ONCE_UNSEEN, jti);
      return { ...grant, event: { ...grant.event, data: Object.assign({}, grant.event.data, { again: { escalation, word: { value: '{}', jws: 'signed' } } }) } as Written['event'] };
    };
    const over = went(calling(ONCE_UNSEEN), timeout);
    const second = over.handle(again('one', 'jti-2'), onGrant(again('one', 'jti-2')));
    const [first] = over.log;
    expect(second.newest.event).toMatchObject({ type: 'countersign.attempt.started', data: { jti: 'jti-2', attempt: 1, again: 'one', afterUnknown: false, idempotencyKey: first?.event.type === 'countersign.attempt.started' ? first.event.data.idempotencyKey : '' } });
    const ended = went(second, timeout);
    expect(ended.state.open.size).toBe(0);
    expect(ended.when(onGrant(again('one', 'jti-3')))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'used' } }]);
    expect(ended.when(onGrant(again('two', 'jti-3')))).toMatchObject([{ type: 'countersign.attempt.started', data: { again: 'two' } }]);
    expect(freezeExecutions(thawExecutions(structuredClone(freezeExecutions(second.state))))).toEqual(freezeExecutions(second.state));
  });

  it('is refused while the same step is acted on under another', () => {
    expect(calling().when(onGrant(grantFor(REFUND, 'jti-2')))).toMatchObject([{ data: { jti: 'jti-2', code: 'action.under-way' } }]);
  });
});

describe('a grant that runs out in between', () => {
  const late = at(EXP * 1_000 - 100);

  it.each([
    ['before the next call, with nothing done', LABEL, refused, [{ type: 'countersign.action.failed', data: { retrying: true } }, { type: 'countersign.grant.refused', data: { code: 'expired', mayBeDone: false } }]],
    ['before the next call, with something perhaps done', UNSEEN_REFUND, timeout, [{ type: 'countersign.action.unknown', data: { resolving: true } }, { type: 'countersign.grant.refused', data: { code: 'expired', mayBeDone: true } }]],
  ])('%s, is decided again', (_, tool, outcome, outputs) => {
    expect(calling(tool).when(onCall(outcome, late))).toMatchObject(outputs);
  });

  it('is not needed to look at the effect: what is found need not be granted again', () => {
    const so = went(calling(), timeout, late);
    expect(so.newest.event).toMatchObject({ type: 'countersign.action.unknown', data: { resolving: true, readBack: true } });
    expect(so.when(onLook(found, late))).toMatchObject([{ type: 'countersign.action.verified' }]);
    expect(so.when(onLook(absent, late))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'expired', mayBeDone: true } }]);
  });

  it.each(['key.wrong', 'not-yet-valid'])('for whoever holds the partition now is decided again, without a call that would count (%s)', (code) => {
    const unusable: CallOutcome = { kind: 'not-sent', code, key: 'fedcba9876543210' as KeyId, latencyMs: 0 };
    const so = went(calling(UNSEEN_REFUND), timeout);
    const outputs = so.when(onCall(unusable));
    expect(outputs).toMatchObject([
      { type: 'countersign.action.failed', data: { code, retrying: true } },
      { type: 'countersign.grant.refused', data: { jti: 'jti-1', code, key: 'fedcba9876543210', mayBeDone: true } },
    ]);
    const after = so.after(so.newest, outputs);
    expect([...after.state.unresolved.values()]).toMatchObject([{ spent: 1, mayBeDone: true }]);
    const grant = grantFor(UNSEEN_REFUND, 'jti-2', EXP + 60);
    expect(after.handle(grant, onGrant(grant)).newest.event).toMatchObject({ type: 'countersign.attempt.started', data: { jti: 'jti-2', attempt: 1, afterUnknown: true } });
  });

  it('goes on under the next one: same key, calls counted on', () => {
    const ranOut = went(went(calling(UNSEEN_REFUND), timeout), timeout, late);
    const grant = grantFor(UNSEEN_REFUND, 'jti-2', EXP + 60);
    const again = ranOut.handle(grant, onGrant(grant, late));
    expect(again.newest.event).toMatchObject({ data: { jti: 'jti-2', attempt: 1, afterUnknown: true, idempotencyKey: [...calling(UNSEEN_REFUND).state.byKey.keys()][0] } });
    expect(again.when(onCall(timeout, late))).toMatchObject([{ type: 'countersign.action.unknown', data: { resolving: false } }]);
  });

  it('is not followed by another where the tool no longer knows the key', () => {
    const ranOut = went(calling(UNSEEN_REFUND), timeout, late);
    const nextDay = at(NOW + hours(24));
    const grant = grantFor(UNSEEN_REFUND, 'jti-2', EXP + 86_400);
    expect(ranOut.when(onGrant(grant, nextDay))).toMatchObject([{ type: 'countersign.grant.refused', data: { code: 'key.forgotten', mayBeDone: true } }]);
  });

  it('may be followed by another at any time where doing it twice is doing it once', () => {
    const ranOut = went(calling(LABEL), timeout, late);
    expect(ranOut.when(onGrant(grantFor(LABEL, 'jti-2', EXP + 86_400), at(NOW + hours(24))))).toMatchObject([{ type: 'countersign.attempt.started', data: { afterUnknown: true } }]);
  });
});
