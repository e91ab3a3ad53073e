import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '@countersign/kernel';
import { answersAsKafka } from './api-versions.js';
import { LOOPBACK } from './free-port.js';
import { findKafkaJars } from './jars.js';
import { startKafka, type KafkaBroker } from './kafka-broker.js';
import { isRunning } from './process-table.js';

const jars = ((): string | undefined => {
  try {
    return findKafkaJars();
  } catch {
    return undefined;
  }
})();

const users = [{ name: 'admin' }, { name: 'planner', password: 'planner-secret' }];
const STARTS_TWICE = 90_000;

describe.skipIf(jars === undefined)(`a local Kafka node${jars === undefined ? ' (skipped: the Kafka jars are not in the cache)' : ''}`, () => {
  const libsDir = jars ?? '';
  // Java and log4j each have an opinion of their own about names like this one.
  const folder = mkdtempSync(join(tmpdir(), 'kafka märz 1 '));
  const dataDir = join(folder, 'one');
  const started: KafkaBroker[] = [];
  let broker: KafkaBroker;

  const start = async (name: string): Promise<KafkaBroker> => {
    const made = await startKafka({ dataDir: join(folder, name), users, libsDir });
    started.push(made);
    return made;
  };

  /** Kafka's own command-line client, logged in as a user. */
  const topics = async (user: string, password: string, ...args: string[]): Promise<string> => {
    const config = join(folder, `${user}-${password}.properties`);
    const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}";`;
    writeFileSync(config, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=${login}\n`);
    const command = ['-XX:TieredStopAtLevel=1', '-Dlog4j2.level=off', '-cp', `${libsDir}/*`, 'org.apache.kafka.tools.TopicCommand'];
    const { stdout } = await promisify(execFile)('java', [...command, '--bootstrap-server', broker.address, '--command-config', config, ...args], {
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    return stdout;
  };
  const asAdmin = (...args: string[]): Promise<string> => topics('admin', broker.password('admin'), ...args);

  beforeAll(async () => {
    // As an earlier version made it.
    mkdirSync(dataDir, { mode: 0o755 });
    broker = await start('one');
    await asAdmin('--create', '--topic', 'tasks', '--partitions', '4');
  }, STARTS_TWICE);

  afterAll(async () => {
    await Promise.all(started.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }, STARTS_TWICE);

  it('lets a user in with the right password only, and shows nothing to one without rights', async () => {
    const [admin, planner, stranger] = await Promise.allSettled([asAdmin('--list'), topics('planner', 'planner-secret', '--list'), topics('planner', 'wrong', '--list')]);
    expect(admin).toMatchObject({ status: 'fulfilled', value: 'tasks\n' });
    expect(planner).toMatchObject({ status: 'fulfilled', value: '\n' });
    expect(stranger.status).toBe('rejected');
  }, STARTS_TWICE);

  it('keeps passwords in files that only the owner reads', () => {
    const secret = broker.password('admin');
    for (const name of ['credentials.json', 'server.properties']) {
      const path = join(dataDir, name);
      expect(readFileSync(path, 'utf8')).toContain(secret);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(dataDir, 'kafka.log'), 'utf8')).not.toContain(secret);
  });

  it('keeps what Kafka writes in folders that only the owner enters, wherever they are', async () => {
    const elsewhere = join(folder, 'elsewhere');
    started.push(await startKafka({ dataDir: join(folder, 'new/two'), logDir: elsewhere, users, libsDir }));
    for (const path of [dataDir, join(dataDir, 'log'), join(folder, 'new/two'), elsewhere]) expect(statSync(path).mode & 0o777).toBe(0o700);
  }, STARTS_TWICE);

  it('comes back after SIGKILL on the same port with its topics', async () => {
    const { port, pid } = broker;
    await broker.kill();
    expect(await answersAsKafka(port)).toBe(false);
    expect((await broker.exited).signal).toBe('SIGKILL');
    await broker.restart();
    expect(broker.port).toBe(port);
    expect(broker.pid).not.toBe(pid);
    expect(await asAdmin('--list')).toBe('tasks\n');
  }, STARTS_TWICE);

  it('stops a node that was left running on the data, and takes another port when its own is taken', async () => {
    const leftOver = { pid: broker.pid, startedAt: broker.startedAt };
    const { port } = broker;
    const secret = broker.password('admin');
    await broker.restart();
    const orphan = { pid: broker.pid, startedAt: broker.startedAt };
    expect(isRunning(leftOver)).toBe(false);

    broker = await start('one');
    expect(isRunning(orphan)).toBe(false);
    expect(broker.password('admin')).toBe(secret);

    await broker.stop();
    const squatter = createServer().listen(port, LOOPBACK);
    await new Promise((resolve) => squatter.once('listening', resolve));
    broker = await start('one');
    expect(broker.port).not.toBe(port);
    expect(await asAdmin('--list')).toBe('tasks\n');
    squatter.close();
  }, STARTS_TWICE);

  it('runs beside another one', async () => {
    const other = await start('two');
    expect(other.port).not.toBe(broker.port);
    expect(other.password('admin')).not.toBe(broker.password('admin'));
    expect(await Promise.all([broker.port, other.port].map(answersAsKafka))).toEqual([true, true]);
  }, STARTS_TWICE);

  it('makes a new log when the old one was in memory and is gone', async () => {
    const logDir = join(folder, 'in memory');
    const first = await startKafka({ dataDir: join(folder, 'forgetful'), logDir, users, libsDir });
    started.push(first);
    await first.kill();
    rmSync(logDir, { recursive: true });
    const second = await startKafka({ dataDir: join(folder, 'forgetful'), logDir, users, libsDir });
    started.push(second);
    expect(second.port).toBe(first.port);
    expect(await answersAsKafka(second.port)).toBe(true);
  }, STARTS_TWICE);

  it('refuses data that was made with other users, and leaves its node alone', async () => {
    const withStranger = startKafka({ dataDir, libsDir, users: [...users, { name: 'stranger' }] });
    await expect(withStranger).rejects.toThrow('made without the user `stranger`');
    const withOtherPassword = startKafka({ dataDir, libsDir, users: [{ name: 'planner', password: 'changed' }] });
    await expect(withOtherPassword).rejects.toThrow('another password of `planner`');
    expect(isRunning({ pid: broker.pid, startedAt: broker.startedAt })).toBe(true);
  });

  it('says that Java is missing', async () => {
    const fault: unknown = await startKafka({ dataDir: join(folder, 'three'), users, libsDir, java: join(folder, 'no-java') }).catch((caught: unknown) => caught);
    expect(codeOf(fault)).toBe('TOOLING_MISSING');
  });

  it('shows the end of the log when the node does not start', async () => {
    const fault = startKafka({ dataDir: join(folder, 'four'), users, libsDir: folder });
    await expect(fault).rejects.toThrow(/ClassNotFoundException/);
  });
});
