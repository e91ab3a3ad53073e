import { describe, expect, it } from 'vitest';
import { FLOW, SERVICES, TOPICS } from '@countersign/contracts';
import { codeOf } from '@countersign/kernel';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

const outcomeOf = async (asked: Promise<unknown>): Promise<string> => {
  try {
    await asked;
    return 'allowed';
  } catch (fault) {
    return codeOf(fault);
  }
};

describe.skipIf(stackMissing !== undefined)(`two tenants${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const doors = (tenant: string): readonly string[] => [stack.topic('inbox', tenant), stack.topic('outcomes', tenant)];
  const inside = (): readonly string[] => [
    ...TOPICS.filter((topic) => !FLOW[topic].perTenant).map((topic) => stack.topic(topic)),
    ...SERVICES.flatMap((service) => [`${stack.namespace}.dlq.${service}`]),
  ];
  const write = (principal: string, topic: string): Promise<string> => outcomeOf(stack.kafka(principal).append({ topic, partition: 0 }, [{ key: null, value: Buffer.from('{}'), headers: {} }]));
  const read = (principal: string, topic: string): Promise<string> => outcomeOf(stack.kafka(principal).read({ topic, partition: 0 }, 0, 1, () => undefined));

  it('neither reads nor writes what is the other’s, nor anything of the log', async () => {
    const closed = [...doors('globex'), ...inside()];
    const answers = await Promise.all(closed.map(async (topic) => [topic, await write('upstream-acme', topic), await read('upstream-acme', topic)] as const));
    expect(answers).toEqual(closed.map((topic) => [topic, 'BROKER_REFUSED', 'BROKER_REFUSED']));
  });

  it('cannot answer its own tasks', async () => {
    expect(await write('upstream-acme', stack.topic('outcomes', 'acme'))).toBe('BROKER_REFUSED');
  });

  it('each is answered in its own place, for its own runs, also where both name a task alike', async () => {
    const [acme, globex] = await Promise.all([Upstream.open(stack, 'acme'), Upstream.open(stack, 'globex')]);
    const ofAcme = deskTask({ id: 'tenants-same', charge: await stack.payments.charge(500) });
    const ofGlobex = deskTask({ id: 'tenants-same', charge: await stack.payments.charge(500) });
    const [one, other] = await Promise.all([acme.carryOut(ofAcme), globex.carryOut(ofGlobex)]);
    expect([one.tenant, other.tenant]).toEqual(['acme', 'globex']);
    expect(one.run).not.toBe(other.run);
    for (const task of [ofAcme, ofGlobex]) expect(await stack.payments.refundsOf(String(task.data['charge_id']))).toHaveLength(1);
    expect((await globex.outcomes.all()).some(({ event }) => event?.run === one.run)).toBe(false);
  });

  it('cannot use a workflow of the other', async () => {
    const globex = await Upstream.open(stack, 'globex');
    const task = { ...deskTask({ id: 'tenants-foreign', charge: 'ch_5008' }), workflow: 'refund-desk', type: 'refund.requested' };
    expect((await globex.refusal(await globex.send(task))).data).toMatchObject({ code: 'workflow.unknown', task: 'tenants-foreign' });
  });

  it('no service may write what another one writes', async () => {
    const wrong = SERVICES.flatMap((service) => TOPICS.filter((topic) => FLOW[topic].kind === 'log' && !FLOW[topic].writers.includes(service)).map((topic) => [service, stack.topic(topic)] as const));
    expect(await Promise.all(wrong.map(([service, topic]) => write(service, topic)))).toEqual(wrong.map(() => 'BROKER_REFUSED'));
  });
});
