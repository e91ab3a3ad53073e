import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A clone with this script in it, and a machine whose npm, Java and Maven write down that they were called. */
let clone = '';
let machine = '';

const CLI = 'apps/cli/dist/bundle/main.js';
const LOCK = JSON.stringify({ packages: { 'node_modules/typescript': { version: '7.0.2' } } });

const program = (name: string, script: string): void => {
  const path = join(machine, name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${machine}/calls"\n${script}\n`);
  chmodSync(path, 0o755);
};

const calls = (): string[] => (existsSync(join(machine, 'calls')) ? readFileSync(join(machine, 'calls'), 'utf8').trim().split('\n') : []);
const callsOf = (name: string): number => calls().filter((call) => call.startsWith(name)).length;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'bootstrap märz 1 '));
  clone = join(folder, 'clone');
  machine = join(folder, 'machine');
  for (const path of [clone, machine, join(clone, 'deploy/local/kafka'), join(clone, 'apps/cli/dist/bundle')]) mkdirSync(path, { recursive: true });
  cpSync(fileURLToPath(new URL('.', import.meta.url)), join(clone, 'scripts'), { recursive: true });
  writeFileSync(join(clone, 'package-lock.json'), LOCK);
  writeFileSync(join(clone, 'deploy/local/kafka/pom.xml'), '<kafka.version>4.3.1</kafka.version>');
  // The command line of this clone: says what it was told, and ends as it is told.
  writeFileSync(
    join(clone, CLI),
    `process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(5); });
    console.log(JSON.stringify({ args: process.argv.slice(2), node: process.execPath, nx: process.env.NX_DAEMON }));
    if (process.argv[2] === 'wait') setInterval(() => {}, 1000);
    if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL');
    if (process.argv[2] === 'exit') process.exitCode = Number(process.argv[3]);`,
  );
  program('java', `echo 'openjdk version "17.0.15" 2025-04-15' >&2`);
  program('mvn', `for word in "$@"; do case "$word" in -DoutputDirectory=*) touch "\${word#-DoutputDirectory=}/kafka_2.13-4.3.1.jar";; esac; done`);
  program(
    'npm',
    `if [ "$1" = ci ]; then sleep 0.2; mkdir -p node_modules/.bin; cp package-lock.json node_modules/.package-lock.json
    ln -sf "${process.execPath}" node_modules/.bin/node
    printf '#!/bin/sh\\necho tsc >> "${machine}/calls"; test ! -f slow.ts || sleep 0.9; test ! -f broken.ts || { echo "broken.ts(1,1): error"; exit 2; }\\n' > node_modules/.bin/tsc
    chmod +x node_modules/.bin/tsc
    mkdir -p node_modules/rolldown; echo '{ "type": "module", "exports": "./index.js" }' > node_modules/rolldown/package.json
    echo 'import { appendFileSync as append } from "node:fs"; export const rolldown = async () => ({ generate: async () => (append("${machine}/calls", "rolldown" + String.fromCharCode(10)), { output: [{ type: "chunk", fileName: "part.js", code: "" }] }) })' > node_modules/rolldown/index.js; fi`,
  );
  for (const name of ['sh', 'sleep', 'mkdir', 'cp', 'ln', 'chmod', 'touch', 'ps']) {
    const at = ['/bin', '/usr/bin'].map((place) => join(place, name)).find((path) => existsSync(path));
    if (at) symlinkSync(at, join(machine, name));
  }
});

afterEach(() => rmSync(join(clone, '..'), { recursive: true }));

interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const begin = (args: readonly string[], env: Readonly<Record<string, string>> = {}): { child: ChildProcess; result: Promise<Result> } => {
  const child = spawn(process.execPath, [join(clone, 'scripts/bootstrap.mjs'), ...args], { env: { PATH: machine, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  return { child, result: once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, stdout, stderr })) };
};

const bootstrap = (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Result> => begin(args, env).result;

describe('the bootstrap script', () => {
  it('installs, fetches and builds on a fresh clone, and afterwards looks for what is stale only', async () => {
    const first = await bootstrap(['countersign', 'runs', 'list']);
    expect(JSON.parse(first.stdout)).toEqual({ args: ['runs', 'list'], node: expect.stringContaining('node'), nx: 'false' });
    expect(calls()).toEqual(expect.arrayContaining(['npm ci --no-audit --no-fund', expect.stringContaining('mvn -B -q'), 'tsc']));
    expect(existsSync(join(clone, '.countersign/cache/kafka-4.3.1/libs/kafka_2.13-4.3.1.jar'))).toBe(true);

    rmSync(join(machine, 'calls'));
    const second = await bootstrap(['countersign', 'runs', 'list']);
    expect(second).toMatchObject({ code: 0, stdout: first.stdout, stderr: '' });
    expect(calls()).toEqual(['tsc']);
  });

  it('bundles the command line again once anything of it was built, and says that it built where that takes a while', async () => {
    await bootstrap(['build']);
    writeFileSync(join(clone, 'slow.ts'), '');
    expect(await bootstrap(['build'])).toMatchObject({ code: 0, stderr: '' });
    expect(callsOf('rolldown')).toBe(0);
    mkdirSync(join(clone, 'libs/kernel/dist'), { recursive: true });
    writeFileSync(join(clone, 'libs/kernel/dist/.tsbuildinfo'), '');
    expect(await bootstrap(['build'])).toMatchObject({ code: 0, stderr: expect.stringMatching(/^ {2}build {2}\d+\.\d s\n$/) });
    expect(callsOf('rolldown')).toBe(1);
  });

  it('installs again when the lock file changed', async () => {
    await bootstrap(['build']);
    writeFileSync(join(clone, 'package-lock.json'), LOCK.replace('7.0.2', '7.0.3'));
    await bootstrap(['build']);
    expect(callsOf('npm ci')).toBe(2);
  });

  it('does the work once when it is called twice at the same time', async () => {
    const results = await Promise.all([bootstrap(['countersign', 'one']), bootstrap(['countersign', 'other'])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect([callsOf('npm ci'), callsOf('mvn -B')]).toEqual([1, 1]);
    expect(results.map(({ stderr }) => stderr).join('')).toMatch(/waiting for another set-up here \(process \d+\)/);
  });

  it('names all that is missing before it starts anything', async () => {
    for (const name of ['java', 'mvn']) rmSync(join(machine, name));
    const { code, stderr } = await bootstrap(['demo']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^countersign: Java is missing: .*\ncountersign: Maven is missing: .*\n$/);
    expect(callsOf('npm ci')).toBe(0);
  });

  it('ends with the totals where the tests cannot even begin', async () => {
    rmSync(join(machine, 'java'));
    expect(await bootstrap(['test'])).toMatchObject({ code: 1, stdout: '0 passed, 1 failed\n', stderr: expect.stringContaining('Java is missing') });
    expect(await bootstrap(['demo'])).toMatchObject({ code: 1, stdout: '' });
    writeFileSync(join(clone, 'scripts/bootstrap.mjs'), `Object.defineProperty(process.versions, 'node', { value: '18.20.4' });\n${readFileSync(join(clone, 'scripts/bootstrap.mjs'), 'utf8').replace(/^#!.*/, '')}`);
    expect(await bootstrap(['test'])).toMatchObject({ code: 1, stdout: '0 passed, 1 failed\n', stderr: expect.stringContaining('Node 20 or newer is needed, this is 18.20.4') });
  });

  it('needs neither Java nor Maven with a Kafka of somebody else', async () => {
    for (const name of ['java', 'mvn']) rmSync(join(machine, name));
    expect(await bootstrap(['demo'], { KAFKA_BROKERS: 'kafka.example:9093' })).toMatchObject({ code: 0 });
  });

  it('shows the last words of a command that failed', async () => {
    program('npm', 'if [ "$1" = ci ]; then echo "npm error code E404"; exit 1; fi');
    expect(await bootstrap(['build'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/countersign: `npm ci --no-audit --no-fund` ended with exit code 1\ncountersign: npm error code E404/) });
  });

  it('stops at what does not compile, unless the task reports that itself', async () => {
    await bootstrap(['build']);
    writeFileSync(join(clone, 'broken.ts'), '');
    expect(await bootstrap(['countersign', 'runs'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/broken\.ts\(1,1\): error\n$/) });
    writeFileSync(join(clone, 'scripts/test.mjs'), "console.log('0 passed, 1 failed'); process.exitCode = 1;");
    expect(await bootstrap(['test'])).toMatchObject({ code: 1, stdout: '0 passed, 1 failed\n' });
  });

  it('ends as its task ends, and hands signals on', async () => {
    expect(await bootstrap(['countersign', 'exit', '8'])).toMatchObject({ code: 8, signal: null });
    expect(await bootstrap(['countersign', 'die'])).toMatchObject({ code: null, signal: 'SIGKILL' });
    const { child, result } = begin(['countersign', 'wait']);
    await once(child.stdout ?? child, 'data');
    child.kill('SIGTERM');
    expect(await result).toMatchObject({ code: 5, stdout: expect.stringContaining('asked to stop') });
  });

  it('can be interrupted while it installs, and goes on the next time', async () => {
    program('mvn', 'if [ "$1" = -B ]; then touch started; exec sleep 60; fi');
    const { child, result } = begin(['build']);
    while (!existsSync(join(clone, 'started'))) await sleep(20);
    child.kill('SIGINT');
    expect((await result).code).toBe(130);
    expect(existsSync(join(clone, '.countersign/bootstrap.lock'))).toBe(false);
    expect(existsSync(join(clone, '.countersign/cache/kafka-4.3.1'))).toBe(false);
    program('mvn', `for word in "$@"; do case "$word" in -DoutputDirectory=*) touch "\${word#-DoutputDirectory=}/kafka_2.13-4.3.1.jar";; esac; done`);
    expect(await bootstrap(['build'])).toMatchObject({ code: 0 });
  });

  it('lists its tasks for somebody who names none', async () => {
    expect(await bootstrap([])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^usage: .*\n {2}build /) });
    expect(await bootstrap(['toString'])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no task `toString`') });
  });
});
