import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Mode, Service } from '@countersign/contracts';
import type { StopControl } from '@countersign/domain';
import { parseScope } from '@countersign/identity';
import { readStackState } from '@countersign/stack';
import { signedControl } from '../support/control.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import type { SeenEvent, TopicView } from '../support/topics.ts';
import { deskTask, Upstream, type Task } from '../support/upstream.ts';

/** Longer than any service takes over what it has been given, where nothing is to come of it. */
const NOTHING_COMES_MS = 1_500;

/** Killed members of a group are missed only after a while, and processes start anew. */
const RESTARTS_MS = 240_000;

interface Stops {
  readonly stops: readonly { readonly scope: string; readonly state: string }[];
  readonly backlog: readonly { readonly waitsFor: string; readonly count: number }[];
}

describe.skipIf(stackMissing !== undefined)(`stopping${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  let acme: Upstream;
  let decisions: TopicView;
  let executions: TopicView;
  let approvals: TopicView;
  beforeAll(async () => {
    acme = await Upstream.open(stack);
    [decisions, executions, approvals] = await Promise.all([stack.view('decisions'), stack.view('executions'), stack.view('approvals')]);
  });
  /** What a test has stopped does not stop the next one. */
  const resumeAll = async (): Promise<void> => {
    const { stops } = await stack.json<Stops>(['stops']);
    for (const { scope } of stops) await resume(scope);
  };
  afterEach(async () => {
    await stack.payments.meet();
    await resumeAll();
  });
  afterAll(resumeAll);

  const said = async (args: readonly string[]): Promise<void> => expect(await stack.json(args)).toMatchObject({ exitCode: 0 });
  const resume = (scope: string): Promise<void> => said(['resume', scope, '--yes']);
  /** As the command line would, and at once. Gives the offset of the control. */
  const put = (type: StopControl['type'], text: string, more: object): Promise<number> => {
    const scope = parseScope(text);
    return stack.kafka('operator').append({ topic: stack.topic('controls'), partition: 0 }, [signedControl(stack, type, { ...scope, reason: 'a test', ...more } as never)]);
  };
  const kill = (scope: string): Promise<number> => put('countersign.kill-switch.set', scope, {});
  const lift = (scope: string, lifts: number): Promise<number> => put('countersign.kill-switch.lifted', scope, { lifts });
  const mode = (named: Mode, scope: string, more: object = {}): Promise<number> => put('countersign.mode.changed', scope, { mode: named, ...more });
  const newTask = async (id: string, how: 'plain' | 'ask' = 'plain'): Promise<Task> => deskTask({ id: `stopping-${id}`, how, charge: await stack.payments.charge(700) });
  const refunds = async (task: Task): Promise<number> => (await stack.payments.refundsOf(String(task.data['charge_id']))).length;
  const of = (task: Task) => ({ run }: SeenEvent): boolean => run === acme.runOf(task);
  const pidOf = (service: Service): number => readStackState(stack.dataDir)?.parts[service]?.pid ?? 0;
  const restart = async (...services: readonly Service[]): Promise<void> => {
    const before = services.map((service) => [service, pidOf(service)] as const);
    for (const [, pid] of before) process.kill(pid, 'SIGKILL');
    await eventually('new processes', () => (before.every(([service, pid]) => pidOf(service) !== pid) ? true : undefined));
    await eventually('new processes at work', () => (services.every((service) => readStackState(stack.dataDir)?.parts[service]?.state === 'ready') ? true : undefined));
  };
  /** A process that does nothing for a while, while others go on. */
  const frozen = async (service: Service, act: () => Promise<void>): Promise<void> => {
    const pid = pidOf(service);
    process.kill(pid, 'SIGSTOP');
    try {
      await act();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

  it.each([
    ['all'],
    ['tenant:acme'],
    ['workflow:acme/desk'],
    ['agent:acme/desk/desk'],
    ['tool:payments.refund'],
  ])('of %s ends what comes, and lets it come again', async (scope) => {
    const name = scope.replaceAll(/[^a-z]/g, '-');
    const [during, after] = [await newTask(`${name}-during`), await newTask(`${name}-after`)];
    const control = await kill(scope);
    expect((await acme.carryOut(during)).data).toMatchObject({ outcome: 'stopped', reason: expect.stringContaining(`${scope} is stopped: a test`), sideEffects: [] });
    await lift(scope, control);
    expect((await acme.carryOut(after)).data).toMatchObject({ outcome: 'succeeded' });
    expect([await refunds(during), await refunds(after)]).toEqual([0, 1]);
  });

  it('of another tenant or tool stops nothing here', async () => {
    await kill('tenant:globex');
    await kill('tool:crm.export');
    expect((await acme.carryOut(await newTask('others'))).data).toMatchObject({ outcome: 'succeeded' });
  });

  it('of a run ends it while people are asked, and their answer helps no more', async () => {
    const task = await newTask('run', 'ask');
    await acme.send(task);
    const { data } = await approvals.until('countersign.approval.requested', of(task));
    await said(['kill', `run:${acme.runOf(task).slice(0, 12)}`]);
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'stopped', sideEffects: [] });
    expect((await approvals.until('countersign.approval.withdrawn', of(task))).data).toMatchObject({ reason: expect.stringContaining('is stopped') });
    expect(await stack.json(['approvals', 'approve', String(data['approval']), '--yes'])).toMatchObject({ exitCode: 1 });
    expect(await decisions.events('countersign.action.allowed', of(task))).toEqual([]);
    expect(await refunds(task)).toBe(0);
  });

  it('breaks off a call that is under way, and says that nobody knows what came of it', async () => {
    await stack.payments.meet({ kind: 'hang', method: 'POST', path: '/charges' });
    const task = await newTask('hanging');
    await acme.send(task);
    const started = await executions.until('countersign.attempt.started', of(task));
    await sleep(300);
    await kill('tool:payments.refund');
    const unknown = await executions.until('countersign.action.unknown', of(task));
    expect(unknown.data).toMatchObject({ code: 'killed', readBack: true });
    expect(Date.parse(unknown.time)).toBeLessThan(Date.parse(String(started.data['deadline'])));
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'unknown', sideEffects: [{ state: 'unknown' }] });
    expect(await executions.events('countersign.attempt.started', of(task))).toHaveLength(1);
    expect(await refunds(task)).toBe(0);
  });

  it('is heeded by the executor itself: a grant on its way that is older than a kill is refused, also where that was lifted', async () => {
    const task = await newTask('on-its-way');
    await frozen('executor', async () => {
      await acme.send(task);
      await decisions.until('countersign.action.allowed', of(task));
      await lift('tenant:acme', await kill('tenant:acme'));
    });
    expect((await executions.until('countersign.grant.refused', of(task))).data).toMatchObject({ code: 'killed' });
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'stopped' });
    expect(await refunds(task)).toBe(0);
  });

  it('lasts over a restart of every service', { timeout: RESTARTS_MS }, async () => {
    await kill('workflow:acme/desk');
    const task = await newTask('restart');
    await acme.send(task);
    await restart('policy', 'executor', 'planner');
    expect((await acme.finished(task)).data).toMatchObject({ outcome: 'stopped' });
    const again = await newTask('restarted');
    expect((await acme.carryOut(again)).data).toMatchObject({ outcome: 'stopped' });
    expect([await refunds(task), await refunds(again)]).toEqual([0, 0]);
  });

  it('for a while queues: also what is granted already, over a restart, and each of it is done once when it goes on', { timeout: RESTARTS_MS }, async () => {
    const tasks = [await newTask('queued-granted'), await newTask('queued-1'), await newTask('queued-2')];
    const [granted = tasks[0] as Task, ...others] = tasks;
    await frozen('executor', async () => {
      await acme.send(granted);
      await decisions.until('countersign.action.allowed', of(granted));
      await said(['pause', 'tenant:acme']);
      for (const task of others) await acme.send(task);
    });
    expect((await executions.until('countersign.grant.refused', of(granted))).data).toMatchObject({ code: 'mode' });
    for (const task of tasks) await decisions.until('countersign.decision.deferred', of(task));
    await restart('policy', 'executor');
    await sleep(NOTHING_COMES_MS);
    expect(await Promise.all(tasks.map(refunds))).toEqual([0, 0, 0]);
    const { stops, backlog } = await eventually('the backlog', async () => {
      const found = await stack.json<Stops>(['stops']);
      return found.backlog.reduce((sum, { count }) => sum + count, 0) === tasks.length ? found : undefined;
    });
    expect(stops).toMatchObject([{ scope: 'tenant:acme', state: 'safe' }]);
    expect(backlog).toMatchObject([{ waitsFor: 'tenant:acme', tool: 'payments.refund', count: 3 }]);
    await resume('tenant:acme');
    for (const task of tasks) expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await Promise.all(tasks.map(refunds))).toEqual([1, 1, 1]);
  });

  it('in mode read-only queues writes, and drops what is too old when it goes on', async () => {
    const control = await mode('read-only', 'workflow:acme/desk');
    const [old, young] = [await newTask('old'), await newTask('young')];
    const deferredAt = async (task: Task): Promise<number> => {
      await acme.send(task);
      return Date.parse((await decisions.until('countersign.decision.deferred', of(task))).time);
    };
    const first = await deferredAt(old);
    await sleep(NOTHING_COMES_MS);
    const second = await deferredAt(young);
    // Half way between the two.
    const maxAgeMs = Math.round(Date.now() - (first + second) / 2);
    await mode('normal', 'workflow:acme/desk', { lifts: control, maxAgeMs, everyMs: 100 });
    expect((await acme.finished(old)).data).toMatchObject({ outcome: 'stopped', reason: expect.stringContaining('queued for longer') });
    expect((await acme.finished(young)).data).toMatchObject({ outcome: 'succeeded' });
    expect([await refunds(old), await refunds(young)]).toEqual([0, 1]);
  });
});
