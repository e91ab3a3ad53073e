import { describe, expect, it } from 'vitest';
import type { ControlState } from '../control/control-state.js';
import { absent, calling, context, controls, executor, found, grantFor, interrupted, looked, onCall, onGrant, onLook, timeout, UNSEEN_REFUND, went } from '@countersign/testing/executor-world';
import { but, given, type Written } from '@countersign/testing/given';
import { GET_CHARGE, REFUND, stopping } from '@countersign/testing/refund-desk';
import type { CallOutcome } from './execution-context.js';

const kill = (before: ControlState = controls): ControlState => stopping(before, 'countersign.kill-switch.set', { scope: 'tenant', value: 'acme' });
const lift = (before: ControlState): ControlState => stopping(before, 'countersign.kill-switch.lifted', { scope: 'tenant', value: 'acme', lifts: before.epoch });
const mode = (named: 'read-only' | 'safe'): ControlState => stopping(controls, 'countersign.mode.changed', { scope: 'all', value: '', mode: named });
const under = (state: ControlState) => ({ ...context, controls: state });
const decidedAt = (grant: Written, controlEpoch: number): Written => ({ ...grant, event: but(grant.event, { data: Object.assign({}, grant.event.data, { controlEpoch }) }) });
const code = (of: string): object => [{ type: 'countersign.grant.refused', data: { code: of, mayBeDone: false } }];

const notSent = (of: string): CallOutcome => ({ kind: 'not-sent', code: of, latencyMs: 0 });
const brokenOff: CallOutcome = { kind: 'broken', code: 'killed', latencyMs: 3 };

describe('a grant under a kill', () => {
  it('is refused, for good', () => {
    expect(given(executor).when(onGrant(grantFor(REFUND), under(kill())))).toMatchObject(code('killed'));
    expect(given(executor).when(onGrant(decidedAt(grantFor(REFUND), kill().epoch), under(kill())))).toMatchObject(code('killed'));
  });

  it('that was lifted is refused where it is older than the kill, and acted on where it is newer', () => {
    const lifted = lift(kill());
    expect(given(executor).when(onGrant(grantFor(REFUND), under(lifted)))).toMatchObject(code('killed'));
    expect(given(executor).when(onGrant(decidedAt(grantFor(REFUND), kill().epoch), under(lifted)))).toMatchObject([{ type: 'countersign.attempt.started' }]);
  });

  it('that comes between its announcement and its call ends without one', () => {
    expect(calling().when(onCall(notSent('killed'), under(kill())))).toMatchObject([{ type: 'countersign.action.failed', data: { code: 'killed', retrying: true } }, { type: 'countersign.grant.refused', data: { code: 'killed', mayBeDone: false } }]);
    expect(went(calling(), notSent('killed')).state.open.size).toBe(0);
  });

  it('whose call was broken off is looked at, and not called again', () => {
    const so = went(calling(), brokenOff);
    expect(so.newest.event).toMatchObject({ type: 'countersign.action.unknown', data: { code: 'killed', resolving: true, readBack: true } });
    expect(so.when(onLook(found))).toMatchObject([{ type: 'countersign.action.verified' }]);
    expect(so.when(onLook(absent))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'killed', resolving: false } }]);
    expect(looked(so, absent).state.open.size).toBe(0);
  });

  it('whose call was broken off goes to a person where nobody can look, and has failed where it only read', () => {
    expect(calling(UNSEEN_REFUND).when(onCall(brokenOff))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'killed', resolving: false, readBack: false } }]);
    expect(calling(GET_CHARGE).when(onCall(brokenOff))).toMatchObject([{ type: 'countersign.action.failed', data: { code: 'killed', retrying: false } }]);
  });

  it.each([
    ['got no answer', timeout],
    ['was an earlier owner’s', interrupted],
  ])('is looked at where an earlier call %s, and the next was not made', (_, outcome) => {
    const between = went(calling(), outcome);
    expect(between.newest.event).toMatchObject({ type: 'countersign.attempt.started', data: { attempt: 2, afterUnknown: true } });
    const so = went(between, notSent('killed'));
    expect(so.newest.event).toMatchObject({ type: 'countersign.action.unknown', data: { code: 'killed', resolving: true, readBack: true } });
    expect(so.when(onLook(absent))).toMatchObject([{ type: 'countersign.action.unknown', data: { code: 'killed', resolving: false } }]);
  });
});

describe('a grant under a mode', () => {
  it('is refused for now: in `safe` any, in `read-only` one to write', () => {
    expect(given(executor).when(onGrant(grantFor(GET_CHARGE), under(mode('safe'))))).toMatchObject(code('mode'));
    expect(given(executor).when(onGrant(grantFor(REFUND), under(mode('read-only'))))).toMatchObject(code('mode'));
    expect(given(executor).when(onGrant(grantFor(GET_CHARGE), under(mode('read-only'))))).toMatchObject([{ type: 'countersign.attempt.started' }]);
  });

  it('that comes between its announcement and its call is handed back, and what earlier calls came to is remembered', () => {
    const so = went(went(calling(), timeout), notSent('mode'));
    expect(so.newest.event).toMatchObject({ type: 'countersign.grant.refused', data: { code: 'mode', mayBeDone: true } });
    expect([...so.state.unresolved.values()]).toMatchObject([{ spent: 1, mayBeDone: true }]);
    expect(so.when(onGrant(grantFor(REFUND, 'jti-2')))).toMatchObject([{ type: 'countersign.attempt.started', data: { attempt: 1, afterUnknown: true } }]);
  });
});
