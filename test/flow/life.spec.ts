import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CORE_SERVICES, SERVICES, type Service } from '@countersign/contracts';
import { freePort, readStackState, startedAt } from '@countersign/stack';
import { startTestKafka, type TestKafka } from '@countersign/testing';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { jsonOf, runCli } from '../support/cli.ts';
import { stackMissing, TEST_TIMEOUT_MS, useStack, whySkipped } from '../support/use-stack.ts';
import { eventually } from '../support/eventually.ts';
import { ownStack, running, type OwnStack } from '../support/own-stack.ts';
import { Stack } from '../support/stack.ts';
import { deskTask, Upstream } from '../support/upstream.ts';
import { inWorkspace } from '../support/workspace.ts';

/** A stack starts and stops in it, on a machine that does much else. */
const LONG_MS = 180_000;

interface Up {
  readonly found: boolean;
  readonly parts: readonly { readonly name: string; readonly pid: number }[];
}

describe.skipIf(stackMissing !== undefined)(`a service that is killed${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack } = useStack();
  const pidOf = (service: Service): number => {
    const part = readStackState(stack.dataDir)?.parts[service];
    if (part?.state !== 'ready') throw new Error(`${service} does not run`);
    return part.pid;
  };

  it.each<[string, readonly Service[]]>([
    ['the gateway', ['gateway']],
    ['the executor', ['executor']],
    ['each one at once', SERVICES],
  ])('%s is started again and goes on where it was', async (name, services) => {
    const acme = await Upstream.open(stack);
    const before = services.map((service) => [service, pidOf(service)] as const);
    const tasks = await Promise.all(['before', 'after'].map(async (when) => deskTask({ id: `life-${name.replaceAll(' ', '-')}-${when}`, charge: await stack.payments.charge(100) })));
    for (const task of tasks) {
      await acme.send(task);
      if (task === tasks[0]) for (const [, pid] of before) process.kill(pid, 'SIGKILL');
    }
    for (const task of tasks) {
      expect((await acme.finished(task)).data).toMatchObject({ outcome: 'succeeded' });
      expect(await stack.payments.refundsOf(String(task.data['charge_id']))).toHaveLength(1);
    }
    await eventually('new processes', () => {
      const parts = readStackState(stack.dataDir)?.parts;
      return before.every(([service, pid]) => parts?.[service]?.state === 'ready' && parts[service].pid !== pid) ? true : undefined;
    });
  });
});

describe.skipIf(stackMissing !== undefined)(`a second stack beside the first${whySkipped}`, { timeout: TEST_TIMEOUT_MS }, () => {
  const { stack: first } = useStack();
  let own: OwnStack;
  beforeAll(() => {
    own = ownStack();
  });
  afterAll(() => own?.remove(), LONG_MS);
  const up = async (): Promise<Up> => jsonOf(await runCli(['dev', 'up', '--json'], { dataDir: own.dataDir })) as Up;

  it('comes up on ports of its own, is found by the next `dev up`, and leaves the first alone', { timeout: LONG_MS }, async () => {
    const one = await up();
    expect(one).toMatchObject({ found: false });
    const two = await up();
    expect(two).toMatchObject({ found: true, parts: one.parts.map(({ name, pid }) => ({ name, pid })) });
    const second = new Stack(own.dataDir);
    expect(second.client.brokers).not.toEqual(first.client.brokers);
    expect(second.client.ledger.url).not.toBe(first.client.ledger.url);
    expect(await second.cli(['config', 'apply', inWorkspace('config'), '--yes'])).toMatchObject({ code: 0 });
    const acme = await Upstream.open(first);
    expect((await acme.carryOut(deskTask({ id: 'life-beside', charge: await first.payments.charge(100) }))).data).toMatchObject({ outcome: 'succeeded' });
    await second.close();
  });

  it('whose supervisor was killed is found as it was left, cleaned up and brought up again with its data', { timeout: LONG_MS }, async () => {
    const left = own.processes();
    process.kill(own.state().daemon.pid, 'SIGKILL');
    expect((await runCli(['dev', 'status'], { dataDir: own.dataDir })).code).toBe(1);
    expect(await up()).toMatchObject({ found: false });
    expect(running(left)).toEqual([]);
    const second = new Stack(own.dataDir);
    expect(await second.json(['config', 'show'])).toMatchObject({ exitCode: 0 });
    expect(await second.json(['config', 'diff', inWorkspace('config')])).toMatchObject({ exitCode: 0, inForce: 1 });
    const acme = await Upstream.open(second);
    const task = { ...deskTask({ id: 'life-again', charge: 'ch_1' }), workflow: 'gift-cards' };
    expect((await acme.refusal(await acme.send(task))).data).toMatchObject({ code: 'workflow.unknown' });
    await second.close();
  });

  it('leaves no process when it is taken down, also a second time', { timeout: LONG_MS }, async () => {
    const processes = own.processes();
    expect(running(processes)).toHaveLength(processes.length);
    expect(jsonOf(await runCli(['dev', 'down', '--json'], { dataDir: own.dataDir }))).toMatchObject({ was: 'running' });
    expect(running(processes)).toEqual([]);
    expect(jsonOf(await runCli(['dev', 'down', '--json'], { dataDir: own.dataDir }))).toMatchObject({ was: 'stopped' });
  });
});

describe.skipIf(stackMissing !== undefined)(`a stack on parts that are not its own${whySkipped}`, { timeout: LONG_MS }, () => {
  let kafka: TestKafka;
  let postgres: PostgresFixture;
  const stacks: OwnStack[] = [];
  const newStack = (): OwnStack => {
    const own = ownStack();
    stacks.push(own);
    return own;
  };
  beforeAll(async () => {
    [kafka, postgres] = await Promise.all([startTestKafka({ tls: true }), startPostgresFixture()]);
  }, LONG_MS);
  afterAll(async () => {
    await Promise.all(stacks.map((own) => own.remove()));
    await Promise.all([kafka?.stop(), postgres?.remove()]);
  }, LONG_MS);

  const login = (own: OwnStack): Readonly<Record<string, string>> => {
    const { sasl } = kafka.options();
    const passwordFile = join(own.dataDir, '..', 'external.password');
    writeFileSync(passwordFile, sasl.password, { mode: 0o600 });
    return { KAFKA_USERNAME: sasl.username, KAFKA_PASSWORD_FILE: passwordFile };
  };
  /** With a path as a person types it, where the command line is run. */
  const tls = (caFile: string): Readonly<Record<string, string>> => ({ KAFKA_BROKERS: kafka.tls.address, KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: relative(inWorkspace(), caFile) });

  it('says where nothing answers, and leaves no process', async () => {
    const own = newStack();
    const brokers = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCli(['dev', 'up'], { dataDir: own.dataDir, env: { KAFKA_BROKERS: brokers, KAFKA_SASL_MECHANISM: 'none', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error[BROKER_UNREACHABLE]: no Kafka answers at \`${brokers}\` (connect ECONNREFUSED ${brokers}); tried for 5s without TLS and without a login\n  next: start it, or correct KAFKA_BROKERS, KAFKA_TLS and KAFKA_SASL_MECHANISM; without KAFKA_BROKERS \`countersign dev up\` starts a Kafka of its own\n  read: docs/errors.md#broker_unreachable\n`,
    });
    expect(running(own.processes())).toEqual([]);
  });

  it.each([
    ['a Kafka', 'plain', () => ({ KAFKA_BROKERS: kafka.options().brokers.join(',') })],
    ['a Kafka over TLS', 'tls', () => tls(kafka.tls.caFile)],
  ])('works with %s and a PostgreSQL that were there before, and starts neither', async (_, namespace, reach) => {
    const own = newStack();
    const env = { ...login(own), ...reach(), COUNTERSIGN_NAMESPACE: namespace, DATABASE_URL: await postgres.database() };
    const started = await runCli(['dev', 'up', '--examples', '--json'], { dataDir: own.dataDir, env });
    expect(started.stderr).toContain('log in to Kafka alike');
    const up = jsonOf(started) as Up;
    expect(up).toMatchObject({ found: false });
    expect(up.parts.map(({ name }) => name).toSorted()).toEqual([...CORE_SERVICES, 'payments', 'github'].toSorted());
    expect(await runCli(['config', 'apply', inWorkspace('config'), '--yes'], { dataDir: own.dataDir })).toMatchObject({ code: 0 });
    const submitted = await runCli(['task', 'submit', inWorkspace('examples/refund-desk/tasks/01-broken-mug.json'), '--tenant', 'acme', '--wait', '--json'], { dataDir: own.dataDir });
    expect(jsonOf(submitted)).toMatchObject({ tasks: [{ outcome: 'succeeded' }] });
    const processes = own.processes();
    expect(jsonOf(await runCli(['dev', 'down', '--json'], { dataDir: own.dataDir }))).toMatchObject({ was: 'running' });
    expect(running(processes)).toEqual([]);
    expect(startedAt(kafka.pid)).toBeDefined();
  });

  it('does not come up on a Kafka that another authority vouches for, and says so', async () => {
    const own = newStack();
    const env = { ...login(own), ...tls(kafka.tls.stranger.certificateFile), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const { code, stderr } = await runCli(['dev', 'up'], { dataDir: own.dataDir, env });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`error\\[BROKER_REFUSED\\]: the certificate of Kafka at \`${kafka.tls.address}\` is not trusted: .*\n  next: KAFKA_TLS_CA_FILE`)),
    });
    expect(running(own.processes())).toEqual([]);
  });
});
