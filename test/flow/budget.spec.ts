import { beforeAll, describe, expect, it } from 'vitest';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import type { TopicView } from '../support/topics.ts';
import { Upstream, type Task } from '../support/upstream.ts';

interface Row {
  readonly period: string;
  readonly amount: string;
  readonly used: number;
  readonly reserved: number;
}

/** The block of `max_tool_calls: 12` and `ask_user_to_confirm`, as people write it; the playbook calls a tool thirteen times. */
describe.skipIf(stackMissing !== undefined)(`the budget of a run${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let approvals: TopicView;
  let decisions: TopicView;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    approvals = await stack.view('approvals');
    decisions = await stack.view('decisions');
  });
  const taskWith = (id: string, charge: string): Task => ({ specversion: '1.0', id, source: '/tests/budget', type: 'twelve-calls.looked-up', workflow: 'twelve-calls', data: { charge_id: charge } });
  const used = async (): Promise<Row | undefined> => {
    const { budgets } = await stack.json<{ readonly budgets: readonly { readonly rows: readonly Row[] }[] }>(['budgets', '--workflow', 'twelve-calls']);
    return budgets[0]?.rows.find(({ period, amount }) => period.length === '2026-11'.length && amount === 'toolCalls');
  };

  it('lets twelve calls through, and asks before the thirteenth: for an upstream system that is its role, and a yes lets exactly that call go', async () => {
    const task = taskWith('budget-yes', await stack.payments.charge(700));
    const isOf = ({ run }: { readonly run?: string }): boolean => run === acme.runOf(task);
    await acme.send(task);
    const { data, step } = await approvals.until('countersign.approval.requested', isOf);
    expect({ step, reasons: data['reasons'] }).toMatchObject({ step: 'call-13', reasons: [{ rule: 'budget.run', code: 'budget.tool-calls.exceeded', message: expect.stringMatching(/^tool calls of the run: .* of 12, and this takes 1$/) }] });
    expect(await decisions.events('countersign.budget.exhausted', isOf)).toMatchObject([{ data: { limit: 'tool-calls', scope: 'run', cap: 12, wanted: 1, then: 'ask_user_to_confirm' } }]);
    expect(await decisions.events('countersign.approval.required', isOf)).toMatchObject([{ data: { over: ['tool-calls'], tier: 2 } }]);
    expect(await stack.json(['approvals', 'approve', String(data['approval']), '--yes', '--reason', 'one more'])).toMatchObject({ exitCode: 0, decided: 'granted' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded', cost: { microUsd: 13 * 500 } });
    const grants = await decisions.events('countersign.action.allowed', isOf);
    expect(grants).toHaveLength(13);
    expect(await used()).toMatchObject({ used: 13 });
    expect(grants[12]?.data).toMatchObject({ extension: { approval: data['approval'], over: ['tool-calls'], by: { toolCalls: 1, microUsd: 0 } }, votes: [] });
    expect(grants.slice(0, 12).every((grant) => grant.data['extension'] === undefined)).toBe(true);
  });

  it('ends with a no, and nothing stays reserved', async () => {
    const task = taskWith('budget-no', await stack.payments.charge(700));
    await acme.send(task);
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(task));
    expect(await stack.json(['approvals', 'deny', String(data['approval']), '--yes', '--reason', 'that is enough'])).toMatchObject({ decided: 'rejected' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'disapproved', cost: { microUsd: 12 * 500 } });
    expect(await used()).toMatchObject({ used: 13 + 12, reserved: 0 });
  });
});
