import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { humanPrincipal } from '@countersign/identity';
import { readStackState } from '@countersign/stack';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import type { TopicView } from '../support/topics.ts';
import { deskTask, Upstream } from '../support/upstream.ts';

interface Shown {
  readonly current: boolean;
  readonly updatedAt: string | null;
  readonly ledger: { readonly is: string };
  readonly items: readonly { readonly kind: string; readonly urgency: string; readonly what: string; readonly where: string; readonly about: string; readonly command: string }[];
}

/** Calls that a breaker needs to see, and more than half of them failed. */
const FAILING_TASKS = 6;
/** A run is stuck after two minutes; its row is made older, so that nobody waits for them. */
const LONG_AGO = '10 minutes';

describe.skipIf(stackMissing !== undefined)(`what needs somebody now${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack, peopleDir } = useStack();
  let globex: Upstream;
  let approvals: TopicView;
  let executions: TopicView;
  beforeAll(async () => {
    globex = await Upstream.open(stack, 'globex');
    [approvals, executions] = await Promise.all([stack.view('approvals'), stack.view('executions')]);
  });
  afterEach(() => stack.payments.meet());

  const now = (): Promise<Shown & { readonly exitCode: number | null }> => stack.json<Shown>(['now', '--once', '--tenant', 'globex']);
  const until = (kind: string, command: string) =>
    eventually(`a line of ${kind}`, async () => {
      const { items } = await now();
      return items.find((item) => item.kind === kind && item.command.includes(command));
    });
  const frozen = async (service: 'planner' | 'ledger', act: () => Promise<void>): Promise<void> => {
    const pid = readStackState(stack.dataDir)?.parts[service]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      await act();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

  it('is an approval that has escalated, with the command that shows it', async () => {
    const task = deskTask({ id: 'now-late', how: 'ask', charge: await stack.payments.charge(700) });
    await globex.send(task);
    const { data } = await approvals.until('countersign.approval.requested', ({ run }) => run === globex.runOf(task));
    const id = String(data['approval']);
    expect((await now()).items.filter(({ command }) => command.includes(id.slice(0, 8)))).toEqual([]);
    const as = { env: { COUNTERSIGN_PERSON: humanPrincipal('ada'), COUNTERSIGN_PERSON_KEY_FILE: join(peopleDir, 'ada.pem') } };
    expect(await stack.json(['approvals', 'escalate', id, '--reason', 'nobody is there'], as)).toMatchObject({ exitCode: 0 });
    expect(await until('approval', id.slice(0, 8))).toMatchObject({ what: 'approval escalated', where: 'globex/desk', command: `countersign approvals show ${id.slice(0, 8)}` });
    expect(await stack.json(['approvals', 'deny', id, '--reason', 'a test ends', '--yes'], as)).toMatchObject({ exitCode: 0 });
  });

  it('is a budget that is spent', async () => {
    const task = deskTask({ id: 'now-spent', charge: await stack.payments.charge(700), workflow: 'on-call' });
    expect((await globex.carryOut(task)).data).toMatchObject({ outcome: 'succeeded' });
    expect(await until('budget', '-w on-call')).toMatchObject({ what: 'budget spent', urgency: 'urgent', about: expect.stringMatching(/^writes of .*: 1 of 1, 1 in the last hour$/) });
  });

  it('is a run that goes on no more', async () => {
    const task = deskTask({ id: 'now-stuck', charge: await stack.payments.charge(700) });
    const run = globex.runOf(task);
    const shift = async (sign: '-' | '+') => (await stack.readModel(`update runs set submitted_at = submitted_at ${sign} interval '${LONG_AGO}' where id = $1 returning id`, [run]))[0];
    await frozen('planner', async () => {
      await globex.send(task);
      await eventually('the run in the read model', () => shift('-'));
      expect(await until('stuck', run.slice(0, 12))).toMatchObject({ what: 'run stuck', about: expect.stringContaining('waits for the planner to take the task up') });
    });
    // The read model is again what the log makes of it.
    await shift('+');
    expect((await globex.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
    const { items } = await now();
    expect(items.filter(({ command }) => command.includes(run.slice(0, 12)))).toEqual([]);
  });

  it('is an outcome that nobody knows', async () => {
    await stack.payments.meet({ kind: 'hang', method: 'POST', path: '/charges' });
    const task = deskTask({ id: 'now-unknown', charge: await stack.payments.charge(700) });
    await globex.send(task);
    await executions.until('countersign.attempt.started', ({ run }) => run === globex.runOf(task));
    expect(await stack.json(['kill', 'workflow:globex/desk', '--yes'])).toMatchObject({ exitCode: 0 });
    expect((await globex.finished(task)).data).toMatchObject({ outcome: 'unknown' });
    expect(await until('effect', globex.runOf(task).slice(0, 12))).toMatchObject({ what: 'outcome unknown', urgency: 'urgent', where: 'globex/desk', command: `countersign why ${globex.runOf(task).slice(0, 12)}` });
    expect(await stack.json(['resume', 'workflow:globex/desk', '--yes'])).toMatchObject({ exitCode: 0 });
  });

  it('is a breaker that has opened', async () => {
    await stack.payments.meet({ kind: 'error-before-commit', path: '/charges' }, { kind: 'error-before-commit', path: '/refunds' });
    const tasks = await Promise.all(Array.from({ length: FAILING_TASKS }, async (_, index) => deskTask({ id: `now-failing-${index}`, charge: await stack.payments.charge(700) })));
    await Promise.all(tasks.map((task) => globex.send(task)));
    await executions.until('countersign.breaker.opened', ({ tenant }) => tenant === 'globex');
    expect(await until('breaker', 'tail')).toMatchObject({ where: 'globex', about: expect.stringContaining('payments.refund failed too often') });
  });

  it('is a dead letter, one line for each service and code', async () => {
    const partition = stack.partitionOf('globex', 'desk');
    await stack.kafka('planner').append({ topic: stack.topic('proposals'), partition }, [{ key: Buffer.from('globex/desk'), value: Buffer.from('{}'), headers: {} }]);
    const line = await eventually('its line', async () => (await now()).items.find(({ kind, about }) => kind === 'dead-letter' && about.startsWith('SIGNATURE_MISSING')));
    expect(line).toMatchObject({ urgency: 'look', command: expect.stringContaining('countersign dlq ') });
  });

  it('says that the ledger gives no answer, shows what the log says all the same, and is a fault to a script', async () => {
    await frozen('ledger', async () => {
      const shown = await now();
      expect(shown).toMatchObject({ exitCode: 1, current: false, updatedAt: null, ledger: { is: 'silent' } });
      expect(shown.items.map(({ kind }) => kind)).toContain('budget');
    });
    expect(await eventually('an answer', async () => ((await now()).current ? true : undefined))).toBe(true);
  });

  it('is printed one line for each thing, with the command at its end', async () => {
    const { stdout } = await stack.cli(['now', '--once', '--tenant', 'globex']);
    expect(stdout.split('\n')[0]).toMatch(/^now {2}globex {2}.*updated \d\d:\d\d:\d\d/);
    for (const line of stdout.split('\n').filter((each) => /^(budget|outcome|dead)/.test(each))) expect(line).toMatch(/ {2}countersign \w+.*$/);
  });
});
