import { describe, expect, it } from 'vitest';
import { microUsd, sha256 } from '@countersign/kernel';
import { but, type Given, type Written } from '@countersign/testing/given';
import { about, denied, following, OF_ATTEMPT, on, started, step, succeeded, after, verified } from '@countersign/testing/planner-world';
import { heard, REFUND_STEP } from '@countersign/testing/refund-desk';
import type { PlannerState } from './run-state.js';

describe('a step that ends badly', () => {
  const bad: readonly (readonly [string, (so: Given<PlannerState>) => Written, string, readonly object[]])[] = [
    ['denied by policy', (so) => denied(so, 'refund'), 'denied', []],
    ['denied because the time of the run is over', (so) => denied(so, 'refund', 'run.deadline'), 'failed', []],
    ['never done, because the executor could use no grant', (so) => denied(so, 'refund', 'grant.unusable'), 'failed', []],
    ['denied after a call that may have had its effect', (so) => denied(so, 'refund', 'effect.unknown'), 'unknown', [{ step: 'refund', state: 'unknown' }]],
    ['refused by a person', (so) => about(so, 'refund', 'countersign.decision.lapsed', { approval: 'a', reason: 'rejected', message: 'no' }), 'disapproved', []],
    ['answered by nobody', (so) => about(so, 'refund', 'countersign.decision.lapsed', { approval: 'a', reason: 'expired', message: 'nobody' }), 'expired', []],
    ['failed', (so) => about(so, 'refund', 'countersign.action.failed', { ...OF_ATTEMPT, code: 'http.409', latencyMs: 1, retrying: false }), 'failed', []],
    ['unknown', (so) => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'TOOL_TIMEOUT', latencyMs: 1, resolving: false, readBack: false }), 'unknown', [{ step: 'refund', state: 'unknown' }]],
    ['done, and not to be looked at', (so) => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'read-back.unanswered', latencyMs: 1, resolving: false, readBack: false }), 'unverified', [{ step: 'refund', state: 'unverified' }]],
    ['done otherwise', (so) => about(so, 'refund', 'countersign.action.diverged', { ...OF_ATTEMPT, faults: [{ pointer: '/amount_cents', message: 'differs' }], latencyMs: 1, usedMicroUsd: microUsd(2_000) }), 'unverified', [{ step: 'refund', state: 'unverified' }]],
    ['not acted on', (so) => about(so, 'refund', 'countersign.grant.refused', { jti: 'jti', code: 'audience', message: 'for another', mayBeDone: false }), 'failed', []],
    ['not acted on any more', (so) => about(so, 'refund', 'countersign.grant.refused', { jti: 'jti', code: 'key.forgotten', message: 'too late', mayBeDone: true }), 'unknown', [{ step: 'refund', state: 'unknown' }]],
  ];

  it.each(bad)('%s ends the run', (_, ending, outcome, sideEffects) => {
    const so = after(started(), succeeded(started(), 'charge'));
    expect(so.when(on(ending(so)))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome, sideEffects } }]);
  });

  const waiting: readonly (readonly [string, (so: Given<PlannerState>) => Written])[] = [
    ['a repeat follows a failure', (so) => about(so, 'refund', 'countersign.action.failed', { ...OF_ATTEMPT, code: 'http.429', latencyMs: 1, retrying: true })],
    ['somebody still looks', (so) => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'TOOL_TIMEOUT', latencyMs: 1, resolving: true, readBack: true })],
    ['the effect is read back', (so) => about(so, 'refund', 'countersign.action.succeeded', { ...OF_ATTEMPT, result: {}, latencyMs: 1, usedMicroUsd: microUsd(2_000), readBack: true })],
    ...['expired', 'key.wrong', 'not-yet-valid'].map((code) => [`policy decides again (${code})`, (so: Given<PlannerState>) => about(so, 'refund', 'countersign.grant.refused', { jti: 'jti', code, message: 'late', mayBeDone: true })] as const),
  ];
  it.each(waiting)('is not one while %s', (_, event) => {
    const so = after(started(), succeeded(started(), 'charge'));
    expect(so.when(on(event(so)))).toEqual([]);
  });

  it('lets what is under way end, proposes nothing more, and then ends the run with every effect', () => {
    const write = { tool: 'payments.refund', args: REFUND_STEP.args, after: [] };
    const where = following([step('one', write), step('two', write), REFUND_STEP]);
    const so = started(where);
    expect(so.when(on(denied(so, 'one'), where))).toMatchObject([{ type: 'countersign.step.observed', step: 'one', data: { outcome: 'denied', reason: 'no_refunds: no refunds today' } }]);
    const half = after(so, denied(so, 'one'), where);
    expect(half.when(on(verified(so, 'two'), where))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'denied', reason: 'no_refunds: no refunds today', sideEffects: [{ step: 'two', state: 'verified' }] } }]);
  });

  it('says nothing of another action of the same step', () => {
    const so = started();
    const { event } = succeeded(so, 'charge');
    const other = heard({ ...event, data: but(event.data, { actionHash: sha256('another') }) }, 'executions');
    expect(so.when(on(other))).toEqual([]);
  });
});
