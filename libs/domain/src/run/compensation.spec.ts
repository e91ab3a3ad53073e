import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { hours, microUsd, sha256, type Instant } from '@countersign/kernel';
import { NOW, type Given, type Written } from '@countersign/testing/given';
import { about, after, context, denied, OF_ATTEMPT, on, started, step, typesOf } from '@countersign/testing/planner-world';
import { CONTRACT, controlsWith, GET_CHARGE, PLAYBOOK, REFUND, REVERSE, REVERSIBLE, taskSubmitted } from '@countersign/testing/refund-desk';
import type { PlaybookStep } from '../config/playbook.js';
import { undoneStep, undoStepOf } from '../undo/undo.js';
import { dueRuns, nextRunDeadline } from './decide-run.js';
import { freezeRuns, thawRuns } from './freeze-runs.js';
import type { PlanContext } from './plan-context.js';
import type { PlannerState } from './run-state.js';

/** A tool whose effects nothing undoes. */
const STAMP = { ...REFUND, id: 'stamps.send' };
const DESK = { ...CONTRACT, tools: { read: ['charges.get'], write: [REVERSIBLE.id, REVERSE.id, STAMP.id] } };
const where = (steps: readonly PlaybookStep[], contract = DESK): PlanContext => ({ ...context, controls: controlsWith({ contracts: [contract], tools: [GET_CHARGE, REVERSIBLE, REVERSE, STAMP], playbooks: [{ ...PLAYBOOK, steps, onFailure: 'compensate' }] }) });
const begun = (at: PlanContext, contract = DESK): Given<PlannerState> => started(at, taskSubmitted({ contract }));
const refund = (id: string): PlaybookStep => step(id, { tool: REVERSIBLE.id, args: { charge: { from: 'value', value: `ch-${id}` }, amount_cents: { from: 'value', value: 700 } } });
const stamp = (id: string): PlaybookStep => ({ ...refund(id), tool: STAMP.id });

const done = (so: Given<PlannerState>, id: string): Written => about(so, id, 'countersign.action.verified', { ...OF_ATTEMPT, found: sha256('found'), result: { refund: `re-${id}` }, outsideId: `re-${id}`, latencyMs: 1, usedMicroUsd: microUsd(1) });
const unknown = (so: Given<PlannerState>, id: string): Written => about(so, id, 'countersign.action.unknown', { ...OF_ATTEMPT, code: 'timeout', latencyMs: 1, readBack: false, resolving: false });
const failed = (so: Given<PlannerState>, id: string): Written => about(so, id, 'countersign.action.failed', { ...OF_ATTEMPT, code: 'http.409', latencyMs: 1, retrying: false });

const proposedArgs = (so: Given<PlannerState>, id: string): unknown => so.log.flatMap(({ event }) => (event.type === 'countersign.action.proposed' && event.step === id ? [{ tool: event.data.action.tool, ...event.data.action.args }] : []));
const closed = (so: Given<PlannerState>): Event<'countersign.run.closed'>['data'] | undefined => so.log.flatMap(({ event }) => (event.type === 'countersign.run.closed' ? [event.data] : []))[0];

describe('a run that fails', () => {
  const steps = [refund('first'), stamp('second'), refund('third'), refund('last')];
  const untilLast = (at: PlanContext): Given<PlannerState> => {
    let so = begun(at);
    for (const id of ['first', 'second', 'third']) so = after(so, done(so, id), at);
    return so;
  };

  it('undoes what it did, the newest first, one after the other, with what the log says', () => {
    const at = where([refund('first'), refund('second'), refund('last')]);
    let so = begun(at);
    for (const id of ['first', 'second']) so = after(so, done(so, id), at);
    expect(typesOf(on(denied(so, 'last'), at)(so.state))).toEqual(['step.observed last', 'action.proposed undo-second']);
    so = after(so, denied(so, 'last'), at);
    expect(typesOf(on(done(so, 'undo-second'), at)(so.state))).toEqual(['step.observed undo-second', 'action.proposed undo-first']);
    so = after(so, done(so, 'undo-second'), at);
    expect(proposedArgs(so, 'undo-first')).toEqual([{ tool: REVERSE.id, refund: 're-first', charge: 'ch-first' }]);
    so = after(so, done(so, 'undo-first'), at);
    expect(closed(so)).toMatchObject({
      outcome: 'compensated',
      reason: 'no_refunds: no refunds today; undone: `second`, `first`',
      sideEffects: [{ step: 'first', undoneBy: 'undo-first' }, { step: 'second', undoneBy: 'undo-second' }, { step: 'undo-second', state: 'verified' }, { step: 'undo-first', state: 'verified' }],
    });
  });

  it('that has done nothing has nothing to undo', () => {
    const at = where(steps);
    const so = begun(at);
    expect(on(denied(so, 'first'), at)(so.state)).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'denied', sideEffects: [] } }]);
  });

  it('says what nothing undoes, and undoes the rest', () => {
    const at = where(steps);
    let so = untilLast(at);
    so = after(so, failed(so, 'last'), at);
    for (const id of ['undo-third', 'undo-first']) so = after(so, done(so, id), at);
    expect(closed(so)).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/; undone: `third`, `first`; nothing undoes `second`$/) });
  });

  it('goes no further where an undoing is denied, and says what stands', () => {
    const at = where(steps);
    let so = untilLast(at);
    so = after(so, failed(so, 'last'), at);
    so = after(so, denied(so, 'undo-third'), at);
    expect(closed(so)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('`undo-third` did not succeed: no_refunds: no refunds today') });
    expect(closed(so)?.sideEffects.map(({ step: id, undoneBy }) => [id, undoneBy])).toEqual([['first', undefined], ['second', undefined], ['third', undefined]]);
  });

  it('is unknown where that is what an undoing is', () => {
    const at = where([refund('first'), refund('last')]);
    let so = begun(at);
    so = after(so, done(so, 'first'), at);
    so = after(so, failed(so, 'last'), at);
    expect(closed(after(so, unknown(so, 'undo-first'), at))).toMatchObject({ outcome: 'unknown', sideEffects: [{ step: 'first' }, { step: 'undo-first', state: 'unknown' }] });
    const end = nextRunDeadline(so.state) ?? NOW;
    expect(dueRuns(so.state, { ...context, now: end })).toMatchObject([{ outgoing: [{ data: { outcome: 'unknown', sideEffects: [{ step: 'first' }, { step: 'undo-first', state: 'unknown' }] } }] }]);
  });

  it.each([
    ['whose step nobody knows the end of', unknown],
    ['that people have stopped', (so: Given<PlannerState>, id: string): Written => denied(so, id, 'stopped.killed')],
  ])('%s undoes nothing by itself', (_, end) => {
    const at = where([refund('first'), refund('last')]);
    const so = after(begun(at), done(begun(at), 'first'), at);
    expect(typesOf(on(end(so, 'last'), at)(so.state))).toEqual(['run.closed']);
  });

  it('whose time is over undoes nothing: nothing would be granted', () => {
    const at = where([refund('first'), refund('last')]);
    const so = after(begun(at), done(begun(at), 'first'), at);
    expect(on(failed(so, 'last'), { ...at, now: (NOW + hours(2)) as Instant })(so.state)).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'failed', reason: expect.stringContaining('the time of the run was over before `undo-first`') } }]);
  });

  it('has no more steps than its contract lets it, undoings included', () => {
    const narrow = { ...DESK, budgets: { ...DESK.budgets, run: { steps: 2 } } };
    const at = where([refund('first'), refund('last')], narrow);
    const so = after(begun(at, narrow), done(begun(at, narrow), 'first'), at);
    expect(on(failed(so, 'last'), at)(so.state)).toMatchObject([{ type: 'countersign.proposal.rejected', step: 'undo-first', data: { code: 'steps.exceeded' } }, { type: 'countersign.run.closed', data: { outcome: 'failed' } }]);
  });
});

describe('whatever becomes of the steps of a run', () => {
  const outcome = fc.constantFrom('done', 'done', 'done', 'denied', 'failed', 'unknown');
  const world = fc.record({ kinds: fc.array(fc.constantFrom(refund, stamp), { minLength: 1, maxLength: 6 }), ends: fc.array(outcome, { minLength: 12, maxLength: 12 }), crash: fc.nat(12) });
  const END = { done, denied: (so: Given<PlannerState>, id: string): Written => denied(so, id), failed, unknown };

  it('only what was done is undone, once, the newest first, and a crash changes nothing', () => {
    let compensated = 0;
    fc.assert(
      fc.property(world, ({ kinds, ends, crash }) => {
        const at = where(kinds.map((kind, index) => kind(`s${index}`)));
        let so = begun(at);
        const doneSteps: string[] = [];
        const undone: string[] = [];
        for (const [turn, end] of ends.entries()) {
          const [open] = [...(so.state.runs.values().next().value?.steps ?? [])].filter(([, known]) => known.status === 'under-way');
          if (!open) break;
          const [id] = open;
          const original = undoneStep(id);
          if (original !== undefined) undone.push(original);
          else if (end === 'done') doneSteps.push(id);
          expect(undone.length === 0 || original !== undefined).toBe(true);
          const trigger = END[end](so, id);
          // What a new process makes of a snapshot.
          const state = turn === crash ? thawRuns(structuredClone(freezeRuns(so.state))) : so.state;
          expect(on(trigger, at)(state)).toEqual(on(trigger, at)(so.state));
          so = after(so, trigger, at);
          expect(on(trigger, at)(so.state)).toEqual([]);
        }
        const reversible = doneSteps.filter((id) => kinds[Number(id.slice(1))] === refund).toReversed();
        expect(undone).toEqual(reversible.slice(0, undone.length));
        const end = closed(so);
        if (end?.outcome !== 'compensated') return;
        compensated += 1;
        expect(undone).toEqual(doneSteps.toReversed());
        expect(end.sideEffects.filter(({ step: id }) => doneSteps.includes(id)).every((effect) => effect.undoneBy === undoStepOf(effect.step))).toBe(true);
      }),
      { numRuns: 200 },
    );
    // Else it would say nothing.
    expect(compensated).toBeGreaterThan(0);
  });
});
