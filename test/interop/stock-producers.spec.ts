import { beforeAll, describe, expect, it } from 'vitest';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';
import { pythonClient, sendWithJava, sendWithPython, type Compression, type ToSend } from './clients.ts';

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

describe.skipIf(stackMissing !== undefined)(`stock producers of other ecosystems${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const python = stackMissing === undefined ? pythonClient() : { missing: stackMissing };
  let acme: Upstream;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
  });

  const login = () => ({ brokers: stack.client.brokers, username: 'upstream-acme', password: stack.password('upstream-acme'), topic: stack.topic('inbox', 'acme') });
  const tasksOf = async (client: string): Promise<readonly Task[]> =>
    Promise.all(COMPRESSIONS.map(async (compression) => deskTask({ id: `interop-${client}-${compression}`, charge: await stack.payments.charge(400) })));
  /** One task for each compression, the first of them twice. */
  const recordsOf = (tasks: readonly Task[]): ToSend['records'] => {
    const records = tasks.map((task, index) => ({ compression: COMPRESSIONS[index] ?? 'none', value: JSON.stringify(task) }));
    return [...records, ...records.slice(0, 1)];
  };
  const allDone = async (tasks: readonly Task[]): Promise<void> => {
    for (const task of tasks) {
      const { data } = await acme.finished(task);
      const refunds = await stack.payments.refundsOf(String(task.data['charge_id']));
      expect({ task: data['task'], outcome: data['outcome'], refunds: refunds.length }).toEqual({ task: task.id, outcome: 'succeeded', refunds: 1 });
    }
  };
  /** Every answer to a task that was sent more than once is the same one. */
  const answeredAlike = async (task: Task | undefined, times: number): Promise<void> => {
    if (!task) throw new Error('there is no task');
    const answers = await acme.outcomes.events('countersign.task.accepted', ({ run }) => run === acme.runOf(task));
    expect(answers).toHaveLength(times);
    expect(new Set(answers.map(({ id, data }) => JSON.stringify({ id, data }))).size).toBe(1);
  };

  it('the Java client hands tasks in with every compression, and a repeated one runs once', async () => {
    const tasks = await tasksOf('java');
    expect(JSON.parse(await sendWithJava({ ...login(), records: recordsOf(tasks) }))).toEqual({ sent: 6 });
    await allDone(tasks);
    await answeredAlike(tasks[0], 2);
  });

  it.skipIf('missing' in python)(`librdkafka does so too, and reads the answers in a group of its own${'missing' in python ? ` (${python.missing})` : ''}`, async () => {
    const tasks = await tasksOf('librdkafka');
    const answers = { topic: stack.topic('outcomes', 'acme'), group: `${stack.namespace}.upstream-acme.tests`, tasks: tasks.map(({ id }) => id) };
    const packages = 'packages' in python ? python.packages : '';
    expect(JSON.parse(await sendWithPython(packages, { ...login(), records: recordsOf(tasks), answers }))).toEqual({ sent: 6 });
    await allDone(tasks);
    await answeredAlike(tasks[0], 2);
  });

  it('a task of one ecosystem that another one repeats, with its keys in another order, is the same task', async () => {
    const task = deskTask({ id: 'interop-both', charge: await stack.payments.charge(400) });
    await acme.carryOut(task);
    const turned = JSON.stringify(Object.fromEntries(Object.entries(task).toReversed()));
    await sendWithJava({ ...login(), records: [{ compression: 'zstd', value: turned }] });
    await acme.carryOut(deskTask({ id: 'interop-behind-both', charge: await stack.payments.charge(400) }));
    expect(await stack.payments.refundsOf(String(task.data['charge_id']))).toHaveLength(1);
    await answeredAlike(task, 2);
  });
});
