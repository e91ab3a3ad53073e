import { describe, expect, it } from 'vitest';
import { initialDecisions } from '@countersign/domain';
import { hours, microUsd, type Workflow } from '@countersign/kernel';
import { BudgetDesk } from '@countersign/testing/budget-world';
import { ACME, controlsWith, UTC_PERIODS } from '@countersign/testing/refund-desk';
import { contextIn } from '../spec-support/context.spec-support.js';
import { viewOf } from '../terminal/view.js';
import { budgetsIn } from './budget-rows.js';
import { budgetsText } from './budgets-text.js';

const shown = (desk: BudgetDesk): ReturnType<typeof budgetsIn> => budgetsIn(desk.controls, () => desk.state, desk.now, UTC_PERIODS);
const view = { ...viewOf(contextIn('.').context), width: undefined };

describe('budgets', () => {
  it('show what is used, reserved and left of each cap, and what has none once something was used', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(5_000), writes: 2 }, month: { usd: microUsd(90_000), wallClock: hours(3_000) } } });
    const [one, two] = [desk.open('one'), desk.open('two')];
    desk.propose(one, 'refund');
    desk.propose(two, 'refund');
    desk.verify(one, 'refund');
    const text = budgetsText(shown(desk), view).split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    expect(text).toEqual([
      'WORKFLOW PERIOD OF USED RESERVED CAP LEFT',
      'acme/refund-desk 2026-01-02 usd 0.002 0.002 0.005 0.001',
      'acme/refund-desk 2026-01-02 tool calls 1 1 - -',
      'acme/refund-desk 2026-01-02 writes 1 1 2 0',
      'acme/refund-desk 2026-01-02 records 1 1 - -',
      'acme/refund-desk 2026-01-02 retries 0 2 - -',
      'acme/refund-desk 2026-01-02 steps 2 0 - -',
      'acme/refund-desk 2026-01-02 time 0ms 83d 8h - -',
      'acme/refund-desk 2026-01 usd 0.002 0.002 0.09 0.086',
      'acme/refund-desk 2026-01 tool calls 1 1 - -',
      'acme/refund-desk 2026-01 writes 1 1 - -',
      'acme/refund-desk 2026-01 records 1 1 - -',
      'acme/refund-desk 2026-01 retries 0 2 - -',
      'acme/refund-desk 2026-01 steps 2 0 - -',
      'acme/refund-desk 2026-01 time 0ms 83d 8h 125d 41d 16h',
    ]);
  });

  it('show the share of a cap that a workflow has now, and the one that it will have', () => {
    const desk = new BudgetDesk({ budgets: { day: { writes: 1 } } });
    const other = { ...desk.contract, id: 'other', workflow: 'other' as Workflow, accepts: ['other'], budgets: { ...desk.contract.budgets, day: { writes: 1 } } };
    const tenants = [{ id: 'acme', version: 1, tenant: ACME, directory: {}, budgets: { day: { writes: 2 }, month: {} } }];
    const raised = { ...desk.contract, budgets: { ...desk.contract.budgets, day: { writes: 2 } } };
    desk.controls = controlsWith({ tenants, contracts: [desk.contract, other] }, desk.controls);
    desk.controls = controlsWith({ tenants, contracts: [raised] }, desk.controls);
    expect(budgetsText(shown(desk), view).replaceAll(/ +/g, ' ')).toContain('acme/refund-desk 2026-01-02 writes 0 0 1 (2 later) 1');
  });

  it('show a cap of which nothing is used, and that a workflow is held to less', () => {
    const desk = new BudgetDesk({ budgets: { day: { usd: microUsd(5_000) } }, fallbacks: { onToolErrorRateGt: 0.05 } });
    expect(budgetsIn(desk.controls, initialDecisions, desk.now, UTC_PERIODS)[0]?.rows.find(({ period, amount }) => period === '2026-01-02' && amount === 'microUsd')).toEqual({ tenant: 'acme', workflow: 'refund-desk', period: '2026-01-02', amount: 'microUsd', used: 0, reserved: 0, cap: 5_000 });
    const one = desk.open('one');
    desk.propose(one, 'refund');
    desk.fail(one, 'refund', { calls: 20, errors: 20 });
    expect(budgetsText(shown(desk), view)).toContain('acme/refund-desk is held to less: payments.refund failed too often');
  });
});
