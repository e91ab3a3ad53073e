import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { CountersignError, isJsonObject, seconds } from '@countersign/kernel';
import { describeExit, startChild, tailOf } from './child.js';
import { giveTo, type Launcher, type PostgresPrograms } from './postgres-account.js';
import { readJson, readText, writePrivateFile } from './private-file.js';
import { identify, isProcessIdentity, stopByPid, type ProcessIdentity } from './process-table.js';

/** What is remembered between two starts; it is there only if the cluster was made to the end. */
export interface PostgresMemory {
  readonly password: string;
  readonly port?: number;
  readonly process?: ProcessIdentity;
}

export interface PostgresFiles {
  readonly memory: string;
  readonly cluster: string;
  readonly log: string;
  readonly password: string;
}

/** A fast shutdown (SIGINT) waits for the checkpoint only. SIGTERM would wait for every client to leave. */
export const POSTGRES_STOP_SIGNAL = 'SIGINT';
export const POSTGRES_STOP_DEADLINE = seconds(20);

export const SUPERUSER = 'postgres';

export const postgresFiles = (dataDir: string): PostgresFiles => ({
  memory: join(dataDir, 'postgres.json'),
  cluster: join(dataDir, 'cluster'),
  log: join(dataDir, 'postgres.log'),
  password: join(dataDir, 'password'),
});

const isMemory = (value: unknown): value is PostgresMemory =>
  isJsonObject(value) && typeof value['password'] === 'string' && (value['process'] === undefined || isProcessIdentity(value['process']));

export const readPostgresMemory = (dataDir: string): PostgresMemory | undefined => readJson(postgresFiles(dataDir).memory, isMemory);

const isPostgres = (pid: number): boolean => {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim().endsWith('postgres');
  } catch {
    return false;
  }
};

/**
 * Stops a server that a killed owner left running on the data, and removes the `postmaster.pid` of one that is gone: its pid
 * can be somebody else's by now, and PostgreSQL would refuse to start.
 */
export const clearLeftOver = async (dataDir: string, memory: PostgresMemory | undefined): Promise<void> => {
  const lock = join(postgresFiles(dataDir).cluster, 'postmaster.pid');
  if (memory?.process) await stopByPid(memory.process, { signal: POSTGRES_STOP_SIGNAL, deadline: POSTGRES_STOP_DEADLINE });
  const holder = Number(readText(lock)?.split('\n')[0] ?? Number.NaN);
  if (!Number.isInteger(holder)) return;
  if (identify(holder) !== undefined && isPostgres(holder)) {
    throw new CountersignError('STACK_START_FAILED', `the PostgreSQL data in \`${dataDir}\` is used by process ${holder}`, { hint: 'stop that process, or use another data folder' });
  }
  rmSync(lock, { force: true });
};

/** Makes a new cluster: UTF-8, and an order of text that is the same on every machine. */
export const makeCluster = async (dataDir: string, programs: PostgresPrograms, launcher: Launcher): Promise<PostgresMemory> => {
  const files = postgresFiles(dataDir);
  const password = randomBytes(24).toString('base64url');
  rmSync(files.cluster, { recursive: true, force: true });
  mkdirSync(files.cluster, { mode: 0o700 });
  giveTo(launcher.account, files.cluster);
  writePrivateFile(files.password, `${password}\n`);
  giveTo(launcher.account, files.password);
  const [command, args] = launcher.command(programs.initdb, [
    `--pgdata=${files.cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${files.password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  const output = openSync(files.log, 'a', 0o600);
  try {
    const child = await startChild(command, args, { stdio: ['ignore', output, output], cwd: '/', env: { ...process.env, LC_ALL: 'C' } });
    const exit = await child.exited;
    if (exit.code !== 0) throw new CountersignError('STACK_START_FAILED', `PostgreSQL's data folder could not be made (${describeExit(exit)})\n${tailOf(files.log)}`);
  } finally {
    closeSync(output);
    rmSync(files.password, { force: true });
  }
  return { password };
};

/** PostgreSQL's own mark of a cluster that is complete is the version file; ours is the memory beside it. */
export const hasCluster = (dataDir: string): boolean => {
  try {
    return readFileSync(join(postgresFiles(dataDir).cluster, 'PG_VERSION'), 'utf8') !== '';
  } catch {
    return false;
  }
};
