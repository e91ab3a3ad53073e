import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '@countersign/kernel';
import { WORKSPACE_ROOT } from './environment.js';
import { findKafkaJars } from './jars.js';
import { isRunning, signalProcess, waitUntilGone, type ProcessIdentity } from './process-table.js';
import { stackDown, stackUp } from './stack-control.js';
import { readStackState, stackFiles, type PartRecord, type StackState } from './stack-state.js';
import { stackStatus } from './stack-status.js';

const hasJars = ((): boolean => {
  try {
    return findKafkaJars() !== '';
  } catch {
    return false;
  }
})();

const BUILDS = 60_000;
const STARTS = 120_000;

/** A service that says where it answers. */
const SERVICE = `
const http = require('node:http');
const server = http.createServer((_, answer) => { answer.statusCode = process.env.WELL === 'no' ? 503 : 200; answer.end(); });
server.listen(0, '127.0.0.1', () => require('node:fs').writeFileSync(process.env.READY_FILE,
  JSON.stringify({ pid: process.pid, http: 'http://127.0.0.1:' + server.address().port })));
`;

let folder = '';
let stackDir = '';

/** A definition module, as a caller would have one, with its service beside it. */
const define = (name: string, body: string, script = SERVICE): string => {
  writeFileSync(join(folder, `${name}.cjs`), script);
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `const entry = ${JSON.stringify(join(folder, `${name}.cjs`))};\nexport const stackDefinition = ${body};\n`);
  return path;
};

const twoServices = (): string =>
  define('two', "{ prepare: async () => [{ name: 'planner', entry, env: {} }, { name: 'ledger', entry, env: {}, replicas: 2 }] }");

const stateNow = (): StackState => {
  const state = readStackState(stackDir);
  if (!state) throw new Error('there is no state');
  return state;
};

const processesOf = (state: StackState): ProcessIdentity[] => [state.daemon, ...Object.values(state.parts)];

/** A signal takes effect a moment after it was sent. */
const kill = async (one: ProcessIdentity | undefined): Promise<void> => {
  if (!one || !signalProcess(one, 'SIGKILL')) throw new Error('there is nothing to kill');
  await waitUntilGone(one, seconds(10));
};

/** The part once `matches` holds for it. */
const untilPart = async (name: string, matches: (part: PartRecord) => boolean): Promise<PartRecord> => {
  for (;;) {
    const part = stateNow().parts[name];
    if (part && matches(part)) return part;
    await sleep(20);
  }
};

beforeAll(() => {
  // The process that runs a stack is a program of its own, so it is run as it is built.
  execFileSync(process.execPath, [join(WORKSPACE_ROOT, 'node_modules/typescript/bin/tsc'), '-b', join(WORKSPACE_ROOT, 'libs/stack')], { stdio: 'inherit' });
}, BUILDS);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stack-'));
  stackDir = join(folder, 'local');
});

afterEach(async () => {
  await stackDown(stackDir);
  rmSync(folder, { recursive: true, force: true });
}, STARTS);

describe('a local stack', () => {
  it('comes up, is found by the next one, says how it is, and goes down without leaving a process', async () => {
    const definition = twoServices();
    const steps = new Set<string>();
    const first = await stackUp({ stackDir, definition, onChange: ({ step }) => steps.add(step) });
    expect(first).toMatchObject({ found: false, state: { phase: 'ready' } });
    expect([...steps]).toContain('starting 3 services');
    const second = await stackUp({ stackDir, definition });
    expect(second.found).toBe(true);
    expect(second.state.daemon).toEqual(first.state.daemon);

    const status = await stackStatus(stackDir);
    expect(status).toMatchObject({ phase: 'ready', healthy: true });
    expect(status.parts.map(({ name, state, healthy }) => `${name} ${state} ${healthy}`).toSorted()).toEqual([
      'ledger-1 ready true',
      'ledger-2 ready true',
      'planner ready true',
    ]);

    expect(await stackDown(stackDir)).toMatchObject({ was: 'running' });
    expect(processesOf(first.state).filter(isRunning)).toEqual([]);
    expect(await stackStatus(stackDir)).toMatchObject({ phase: 'stopped', healthy: false });
    expect(await stackDown(stackDir)).toEqual({ was: 'stopped', stopped: [] });
  }, STARTS);

  it('writes its state for its owner only', async () => {
    await stackUp({ stackDir, definition: twoServices() });
    expect(statSync(stackFiles(stackDir).state).mode & 0o777).toBe(0o600);
    expect(statSync(stackDir).mode & 0o066).toBe(0);
    for (const name of ['run', 'log']) expect(statSync(join(stackDir, name)).mode & 0o777).toBe(0o700);
  }, STARTS);

  it('is one stack when two bring it up at the same time', async () => {
    const definition = twoServices();
    const [one, other] = await Promise.all([stackUp({ stackDir, definition }), stackUp({ stackDir, definition })]);
    expect(one.state.daemon).toEqual(other.state.daemon);
    expect(one.found).toBe(!other.found);
  }, STARTS);

  it('starts a service again that was killed, and says when one is not well', async () => {
    const definition = define('ill', "{ prepare: async () => [{ name: 'planner', entry, env: { WELL: 'no' } }] }");
    const { state } = await stackUp({ stackDir, definition });
    const before = state.parts['planner'];
    await kill(before);
    const after = await untilPart('planner', (part) => part.state === 'ready' && part.restarts === 1);
    expect(after.pid).not.toBe(before?.pid);
    expect(await stackStatus(stackDir)).toMatchObject({ phase: 'ready', healthy: false, parts: [{ name: 'planner', state: 'ready', healthy: false }] });
  }, STARTS);

  it('that was killed is cleaned up by `down`', async () => {
    const { state } = await stackUp({ stackDir, definition: twoServices() });
    await kill(state.daemon);
    expect(Object.values(state.parts).filter(isRunning)).toHaveLength(3);
    expect(await stackStatus(stackDir)).toMatchObject({ phase: 'killed', healthy: false });
    expect((await stackDown(stackDir)).stopped.toSorted()).toEqual(['ledger-1', 'ledger-2', 'planner']);
    expect(Object.values(state.parts).filter(isRunning)).toEqual([]);
  }, STARTS);

  it('that was killed is cleaned up and brought up again by `up`', async () => {
    const definition = twoServices();
    const { state } = await stackUp({ stackDir, definition });
    await kill(state.daemon);
    const again = await stackUp({ stackDir, definition });
    expect(again).toMatchObject({ found: false, state: { phase: 'ready' } });
    expect(processesOf(state).filter(isRunning)).toEqual([]);
    expect(processesOf(again.state).filter(isRunning)).toHaveLength(4);
  }, STARTS);

  it('says why a service does not start, and leaves nothing running', async () => {
    const broken = `${SERVICE} if (process.env.SERVICE_NAME === 'ledger-2') { console.error('\`LEDGER_KEY\` is missing'); process.exit(1); }`;
    const definition = define('broken', "{ prepare: async () => [{ name: 'planner', entry, env: {} }, { name: 'ledger', entry, env: {}, replicas: 2 }] }", broken);
    await expect(stackUp({ stackDir, definition })).rejects.toThrow(/`ledger-2` ended \(exit code 1\)[^]*`LEDGER_KEY` is missing/);
    const state = stateNow();
    expect(state).toMatchObject({ phase: 'failed', failure: { code: 'STACK_START_FAILED' } });
    expect(processesOf(state).filter(isRunning)).toEqual([]);
  }, STARTS);

  it('says what is wrong with its definition', async () => {
    await expect(stackUp({ stackDir, definition: define('empty', '{}') })).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('exports no `stackDefinition`') });
    await expect(stackUp({ stackDir, definition: join(folder, 'nowhere.mjs') })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }, STARTS);

  it('starts nothing where the Kafka of the environment is not reached', async () => {
    const definition = define('far', "{ kafka: { users: [] }, postgres: {}, reach: async (brokers) => { throw new Error(`nobody at ${brokers}`); }, prepare: async () => [] }");
    await expect(stackUp({ stackDir, definition, env: { KAFKA_BROKERS: 'kafka.example:9093' } })).rejects.toThrow('nobody at kafka.example:9093');
    expect(stateNow().parts).toEqual({});
    expect(existsSync(stackFiles(stackDir).postgres)).toBe(false);
  }, STARTS);

  it('starts no Kafka and no PostgreSQL when the environment names others', async () => {
    const definition = define(
      'external',
      `{ kafka: { users: [] }, postgres: {}, prepare: async ({ kafka, postgres, stackDir }) => {
        const seen = { kafka, url: postgres.url };
        require('node:fs').writeFileSync(stackDir + '/seen.json', JSON.stringify(seen));
        return [];
      } }`,
    );
    writeFileSync(definition, `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${readFileSync(definition, 'utf8')}`);
    const env = { KAFKA_BROKERS: 'kafka.example:9093', DATABASE_URL: 'postgres://u:p@db.example:5432/countersign?sslmode=require' };
    const { state } = await stackUp({ stackDir, definition, env });
    expect(state.parts).toEqual({});
    expect(JSON.parse(readFileSync(join(stackDir, 'seen.json'), 'utf8'))).toEqual({
      kafka: { external: true, brokers: ['kafka.example:9093'] },
      url: env.DATABASE_URL,
    });
    expect(existsSync(stackFiles(stackDir).kafka)).toBe(false);
  }, STARTS);
});

describe.skipIf(!hasJars)(`a local stack with Kafka and PostgreSQL${hasJars ? '' : ' (skipped: the Kafka jars are not in the cache)'}`, () => {
  it('keeps both running, and both are found again with their data after everything was killed', async () => {
    const definition = define(
      'full',
      `{ kafka: { users: [{ name: 'planner' }] }, postgres: {}, reach: async () => { throw new Error('one that we start is waited for'); }, prepare: async ({ kafka, postgres }) =>
        [{ name: 'planner', entry, env: { DATABASE_URL: postgres.url, KAFKA_BROKERS: kafka.brokers.join(), KAFKA_PASSWORD: kafka.password('planner') } }] }`,
      `${SERVICE} console.log(process.env.KAFKA_BROKERS, process.env.KAFKA_PASSWORD, process.env.DATABASE_URL);`,
    );
    const { state } = await stackUp({ stackDir, definition });
    await kill(state.parts['kafka']);
    const again = await untilPart('kafka', (part) => part.state === 'ready' && part.restarts === 1);
    expect(stateNow().kafka).toEqual(state.kafka);

    await kill(state.daemon);
    await kill(again);
    const { state: second } = await stackUp({ stackDir, definition });
    expect([...processesOf(state), again].filter(isRunning)).toEqual([]);
    expect(second).toMatchObject({ phase: 'ready', kafka: state.kafka, postgres: state.postgres });
    const [before, after] = readFileSync(join(stackDir, 'log/planner.log'), 'utf8').trim().split('\n');
    expect(after).toBe(before);

    await stackDown(stackDir);
    expect(processesOf(second).filter(isRunning)).toEqual([]);
  }, STARTS);
});
