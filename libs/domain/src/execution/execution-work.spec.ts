import { describe, expect, it } from 'vitest';
import { hours, minutes, parseTimestamp, seconds, type Instant } from '@countersign/kernel';
import { at, calling, done, EXP, found, grantFor, looked, onGrant, RATED, refused, timeout, UNSEEN_REFUND, went } from '@countersign/testing/executor-world';
import { NOW, type Given } from '@countersign/testing/given';
import { GET_CHARGE } from '@countersign/testing/refund-desk';
import { freezeExecutions, thawExecutions } from './evolve-executions.js';
import type { ExecutionState } from './execution-state.js';
import { openExecutionWork, workForExecution } from './work.js';

describe('work', () => {
  const workOf = (so: Given<ExecutionState>): readonly object[] => workForExecution(so.state, so.newest.event, so.newest.cause);
  const grantPlace = { topic: 'decisions', offset: 7 };

  it('is a call at its time, with the place of the grant', () => {
    expect(workOf(calling())).toMatchObject([{ id: 'jti-1/1/call', kind: 'call', bulkhead: 'payments.refund', notBefore: NOW, deadline: NOW + 5_000, grant: grantPlace, attempt: 1 }]);
    const again = went(calling(), refused);
    const startsAt = again.newest.event.type === 'countersign.attempt.started' ? parseTimestamp(again.newest.event.data.startsAt) : undefined;
    expect(workOf(again)).toMatchObject([{ id: 'jti-1/2/call', notBefore: startsAt, grant: grantPlace }]);
  });

  it('is a look at the effect', () => {
    expect(workOf(went(calling(), done))).toMatchObject([{ id: 'jti-1/1/read-back', kind: 'read-back', grant: grantPlace }]);
  });

  it('is nothing where the grant has ended', () => {
    expect(workOf(went(calling(UNSEEN_REFUND), done))).toEqual([]);
  });

  it('of a restored state waits until an earlier owner’s attempt is over, and looks at once', () => {
    expect(openExecutionWork(calling().state)).toMatchObject([{ kind: 'interrupted', notBefore: NOW + seconds(5) + seconds(1) }]);
    expect(openExecutionWork(went(calling(), done).state)).toMatchObject([{ kind: 'read-back', notBefore: NOW }]);
    expect(openExecutionWork(looked(went(calling(), done), found).state)).toEqual([]);
  });
});

describe('what is remembered', () => {
  it('of a used grant goes when it would be refused as expired anyway', () => {
    const over = went(calling(UNSEEN_REFUND), done);
    const grant = grantFor(GET_CHARGE, 'jti-2', EXP + 600, 'charge');
    const later = at(EXP * 1_000);
    expect([...over.handle(grant, onGrant(grant, later), later.now).state.used.keys()]).toEqual(['jti-2']);
  });

  it('of an action whose grant ran out is as long as the log', () => {
    const ranOut = went(calling(UNSEEN_REFUND), timeout, at(EXP * 1_000));
    expect(ranOut.state.unresolved.size).toBe(1);
    const after = (days: number): number => {
      const now = (NOW + days * hours(24) + minutes(2)) as Instant;
      const grant = grantFor(GET_CHARGE, 'jti-2', now / 1_000 + 60, 'charge');
      return ranOut.handle(grant, (state) => onGrant(grant, at(now))(state), now).state.unresolved.size;
    };
    expect([after(13), after(14)]).toEqual([1, 0]);
  });

  it('of an action that has ended goes when its run can have no valid grant any more', () => {
    const over = went(calling(UNSEEN_REFUND), done);
    const after = (later: number): number => {
      const now = (NOW + later) as Instant;
      const grant = grantFor(GET_CHARGE, 'jti-2', now / 1_000 + 60, 'charge', later + hours(1));
      return went(over.handle(grant, onGrant(grant, at(now)), now), done, at(now)).state.ended.size;
    };
    expect(over.state.ended.size).toBe(1);
    expect(over.state.ended.has('another', NOW)).toBe(false);
    expect([after(minutes(60)), after(hours(3))]).toEqual([2, 1]);
  });

  it('survives a snapshot', () => {
    for (const { state } of [calling(RATED), calling(), went(calling(), done), went(calling(UNSEEN_REFUND), done), went(calling(UNSEEN_REFUND), timeout, at(EXP * 1_000))]) {
      const thawed = thawExecutions(JSON.parse(JSON.stringify(freezeExecutions(state))));
      expect({ ...thawed, ended: thawed.ended.freeze() }).toEqual({ ...state, ended: state.ended.freeze() });
    }
  });
});
