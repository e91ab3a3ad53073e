import { describe, expect, it } from 'vitest';
import type { StepId } from '@countersign/kernel';
import { byTask, context, following, on, started, step, succeeded, after, typesOf } from '@countersign/testing/planner-world';
import { CHARGE_STEP, CONTRACT, REFUND_STEP, taskSubmitted } from '@countersign/testing/refund-desk';
import type { Output } from '../output.js';
import { initialRuns } from './evolve-runs.js';
import type { PlanContext } from './plan-context.js';

describe('the steps of a run', () => {
  const READS = [CHARGE_STEP, step('again', { tool: 'charges.get', args: byTask })];
  const WRITE = { tool: 'payments.refund', args: REFUND_STEP.args };

  it('that only read are proposed together', () => {
    expect(typesOf(on(taskSubmitted(), following(READS))(initialRuns()))).toEqual(['run.started', 'action.proposed charge', 'action.proposed again']);
  });

  it('that write wait for all before them, one after the other', () => {
    const where = following([...READS, step('first', WRITE), step('second', WRITE)]);
    const so = started(where);
    const one = after(so, succeeded(so, 'charge'), where);
    expect(typesOf(one.log.slice(3).map(({ event }) => event as unknown as Output))).toEqual(['step.observed charge']);
    expect(typesOf(on(succeeded(so, 'again'), where)(one.state))).toEqual(['step.observed again', 'action.proposed first']);
  });

  it('that read wait for the writes before them', () => {
    const where = following([step('first', WRITE), CHARGE_STEP]);
    expect(typesOf(on(taskSubmitted(), where)(initialRuns()))).toEqual(['run.started', 'action.proposed first']);
  });

  it('that say what they come after wait for that and for what they use', () => {
    const where = following([CHARGE_STEP, step('first', WRITE), step('second', { ...WRITE, after: [] }), step('third', { tool: 'payments.refund', after: [], args: { ...byTask, amount_cents: { from: 'step', step: 'charge' as StepId, pointer: '/left_cents' } } })]);
    const so = started(where);
    expect(typesOf(so.log.map(({ event }) => event as unknown as Output))).toEqual(['run.started', 'action.proposed charge', 'action.proposed second']);
    const outputs = on(succeeded(so, 'charge', { left_cents: 700 }), where)(so.state);
    expect(typesOf(outputs)).toEqual(['step.observed charge', 'action.proposed first', 'action.proposed third']);
    expect(outputs[2]).toMatchObject({ data: { action: { args: { charge: 'ch_1', amount_cents: 700 } }, after: ['charge'] } });
  });

  it('whose condition does not hold are skipped, and what comes after them goes on', () => {
    const never = { of: { from: 'task', pointer: '/amount_cents' }, test: { op: 'greater', value: 5_000 } } as const;
    const where = following([{ ...CHARGE_STEP, when: never }, { ...REFUND_STEP, when: never }, step('last', { tool: 'charges.get', args: byTask })]);
    expect(typesOf(on(taskSubmitted(), where)(initialRuns()))).toEqual(['run.started', 'step.observed charge', 'step.observed refund', 'action.proposed last']);
  });

  it('are all skipped: the run succeeds at once', () => {
    const where = following([{ ...CHARGE_STEP, when: { of: { from: 'task', pointer: '/gone' }, test: { op: 'exists', value: true } } }]);
    expect(typesOf(on(taskSubmitted(), where)(initialRuns()))).toEqual(['run.started', 'step.observed charge', 'run.closed']);
  });

  it.each([
    ['whose arguments break the schema', following([{ ...REFUND_STEP, args: { ...REFUND_STEP.args, amount_cents: { from: 'value', value: 1.5 } } }]), 'args.invalid', 'invalid'],
    ['whose template has nothing to say', following([step('charge', { tool: 'charges.get', args: { charge: { from: 'template', text: 'ch_{task:/gone}' } } })]), 'args.invalid', 'invalid'],
    ['whose tool is not in force', { ...context, controls: { ...following([CHARGE_STEP]).controls, active: { ...(following([CHARGE_STEP]).controls.active as NonNullable<PlanContext['controls']['active']>), tools: new Map() } } }, 'tool.unknown', 'denied'],
  ] as const)('%s are rejected, and the run ends', (_, where, code, outcome) => {
    const outputs = on(taskSubmitted(), where)(initialRuns());
    expect(outputs.slice(1)).toMatchObject([{ type: 'countersign.proposal.rejected', data: { code } }, { type: 'countersign.run.closed', data: { outcome } }]);
  });

  it('over the step limit are rejected, and the run ends when those within it have ended', () => {
    const contract = { ...CONTRACT, budgets: { ...CONTRACT.budgets, run: { steps: 1 } } };
    const where = following([CHARGE_STEP, step('again', { tool: 'charges.get', args: byTask })], contract);
    const so = started(where, taskSubmitted({ contract }));
    expect(so.newest.event).toMatchObject({ type: 'countersign.proposal.rejected', step: 'again', data: { code: 'steps.exceeded' } });
    expect(so.when(on(succeeded(so, 'charge'), where))).toMatchObject([{ type: 'countersign.run.closed', data: { outcome: 'failed', reason: 'steps.exceeded: a run of contract `refund-desk` has at most 1 steps' } }]);
  });

  it('name the place of each fault in their arguments', () => {
    const task = taskSubmitted({ input: { charge: 'ch_1', amount_cents: 'a lot' } });
    expect(on(task, following([REFUND_STEP]))(initialRuns())[1]).toMatchObject({ data: { tool: 'payments.refund', faults: [{ pointer: '/amount_cents', message: 'must be integer' }] } });
  });
});
