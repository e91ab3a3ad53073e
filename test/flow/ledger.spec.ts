import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOW, inputsOf, type Topic } from '@countersign/contracts';
import { ReadModel } from '@countersign/read-model';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

describe.skipIf(stackMissing !== undefined)(`the ledger${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let model: ReadModel;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    model = await ReadModel.open({ url: stack.databaseUrl('countersign') });
  });
  afterAll(() => model?.close());

  const TENANTS = ['acme', 'globex'];
  const targets = () =>
    [...inputsOf('ledger'), 'controls' as const].flatMap((topic: Topic) => {
      const numbers = Array.from({ length: topic === 'controls' ? 1 : stack.partitions }, (_, partition) => partition);
      const names = FLOW[topic].perTenant ? TENANTS.map((tenant) => `${topic}.${tenant}`) : [topic];
      return names.flatMap((name) => numbers.map((partition) => ({ name, partition })));
    });
  /** Partitions of which the model has not read everything that is on Kafka; what the ledger writes itself it does not read. */
  const behind = async (): Promise<readonly string[]> => {
    const positions = await model.positions();
    const each = targets().map(async ({ name, partition }) => {
      const { end } = await stack.kafka().offsets({ topic: `${stack.namespace}.${name}`, partition });
      const at = positions.find((position) => position.topic === name && position.partition === partition)?.nextOffset ?? 0;
      return at < end ? [`${name}/${partition}: ${at} of ${end}`] : [];
    });
    return (await Promise.all(each)).flat();
  };
  const caughtUp = async (): Promise<void> => {
    const isDone = async (): Promise<true | undefined> => ((await behind()).length === 0 ? true : undefined);
    await eventually('a ledger that has read everything', isDone).catch(() => undefined);
    expect(await behind()).toEqual([]);
  };

  it('writes the record of a run in one line, as auditors get it', async () => {
    const charge = await stack.payments.charge(500);
    const task = deskTask({ id: 'ledger-record', how: 'ask', charge });
    const approvals = await stack.view('approvals');
    await acme.send(task);
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === acme.runOf(task));
    expect(await stack.cli(['approvals', 'approve', String(data['approval']), '--yes'])).toMatchObject({ code: 0 });
    await acme.finished(task);
    const { stdout } = await eventually('the closed run in the ledger', async () => {
      const shown = await stack.cli(['runs', 'show', acme.runOf(task), '--format', 'jsonl']);
      return shown.stdout.includes('"succeeded"') ? shown : undefined;
    });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const record = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(record)).toEqual(['run_id', 'agent', 'tenant_id', 'model', 'budget_usd', 'tool_calls', 'approvals', 'outcome', 'cost']);
    expect(record).toEqual({
      run_id: acme.runOf(task),
      agent: 'spiffe://countersign.local/tenant/acme/workflow/desk/agent/desk',
      tenant_id: 'acme',
      model: null,
      budget_usd: null,
      tool_calls: [{ tool: 'desk.ask', input_hash: expect.stringMatching(/^[0-9a-f]{64}$/), status: 'verified', latency_ms: expect.any(Number) }],
      approvals: [{ type: 'human', required: true, approved: true }],
      outcome: { status: 'succeeded', reason: 'every step is done' },
      cost: { prompt_tokens: 0, completion_tokens: 0, usd: 0.002 },
    });
  });

  it('is rebuilt from Kafka to an equal result with one command, beside the one that runs', async () => {
    await acme.carryOut(deskTask({ id: 'ledger-before-rebuild', charge: await stack.payments.charge(100) }));
    await caughtUp();
    const before = await model.fingerprint();
    expect(await stack.json(['ledger', 'rebuild'])).toMatchObject({ exitCode: 0, rebuilt: true, fingerprint: before });
    await caughtUp();
    expect(await model.fingerprint()).toEqual(before);
    await eventually('the ledger that runs', async () => ((await stack.cli(['dev', 'status'])).code === 0 ? true : undefined));
    expect(await stack.cli(['runs', 'show', acme.runOf({ workflow: 'desk', source: '/tests/desk', id: 'ledger-before-rebuild' })])).toMatchObject({ code: 0 });
  });
});
