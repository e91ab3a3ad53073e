import { describe, expect, it } from 'vitest';
import { hours, microUsd, sha256, timestamp, type Instant } from '@countersign/kernel';
import { NOW, type Given, type Written } from '@countersign/testing/given';
import { about, after, context, denied, following, OF_ATTEMPT, on, started, typesOf, verified } from '@countersign/testing/planner-world';
import { CONTRACT, REFUND_STEP, taskSubmitted } from '@countersign/testing/refund-desk';
import { dueRuns, nextRunDeadline } from './decide-run.js';
import { freezeRuns, thawRuns } from './freeze-runs.js';
import type { PlannerState } from './run-state.js';

const DESK = { ...CONTRACT, escalation: { role: 'finance', within: hours(4) } };
const where = following([REFUND_STEP], DESK);
const begun = (): Given<PlannerState> => started(where, taskSubmitted({ contract: DESK }));
const CAUSE = `BBBBBBBBBBBBBBBBBBBBBB@decisions/45#${sha256('allowed')}`;
const withCause = ({ event, cause }: Written): Written => ({ event: { ...event, causes: CAUSE }, cause });
const diverged = (so: Given<PlannerState>): Written => withCause(about(so, 'refund', 'countersign.action.diverged', { ...OF_ATTEMPT, faults: [{ pointer: '/amount_cents', message: 'differs' }], latencyMs: 1, usedMicroUsd: microUsd(1) }));
const unknown = (so: Given<PlannerState>): Written => about(so, 'refund', 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'timeout', latencyMs: 1, readBack: false, resolving: false });

describe('a run whose effect is not what it should be', () => {
  it.each([
    ['differs', diverged, 'effect.diverged', 'unverified'],
    ['is unknown', unknown, 'effect.unknown', 'unknown'],
  ] as const)('because it %s waits for a person of the role that its contract names, and then ends so', (_, end, reason, outcome) => {
    let so = begun();
    so = after(so, end(so), where);
    expect(so.newest.event).toMatchObject({ type: 'countersign.run.escalated', step: 'refund', data: { reason, role: 'finance', deadline: timestamp((NOW + hours(4)) as Instant) } });
    expect(so.state.runs.size).toBe(1);
    const at = nextRunDeadline(so.state);
    expect(at).toBe(NOW + hours(4));
    for (const state of [so.state, thawRuns(structuredClone(freezeRuns(so.state)))]) {
      expect(dueRuns(state, { ...context, now: (NOW + hours(4) - 1) as Instant })).toEqual([]);
      expect(dueRuns(state, { ...context, now: (NOW + hours(4)) as Instant })).toMatchObject([{ outgoing: [{ type: 'countersign.run.closed', data: { outcome, reason: expect.stringContaining('nobody of `finance` has said anything'), sideEffects: [{ step: 'refund' }] } }] }]);
    }
  });

  it('shows what led to it by id and hash', () => {
    const so = begun();
    expect(on(diverged(so), where)(so.state).at(-1)).toMatchObject({ data: { evidence: [{ id: 'BBBBBBBBBBBBBBBBBBBBBB', sha256: sha256('allowed') }] } });
  });

  it('proposes nothing more, whatever is heard', () => {
    let so = begun();
    const end = diverged(so);
    so = after(so, end, where);
    for (const again of [end, verified(so, 'refund'), denied(so, 'refund')]) expect(so.when(on(again, where))).toEqual([]);
  });

  it('ends at once where its contract names nobody, and where a rule has said no', () => {
    const nobody = following([REFUND_STEP]);
    const so = started(nobody);
    expect(typesOf(on(diverged(so), nobody)(so.state))).toEqual(['run.closed']);
    expect(typesOf(on(denied(begun(), 'refund'), where)(begun().state))).toEqual(['run.closed']);
  });
});
