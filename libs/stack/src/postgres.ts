import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { CountersignError, millis, seconds, type Millis } from '@countersign/kernel';
import { describeFailure, startChild, tailOf, whenReady, type Child, type Exit } from './child.js';
import { keptOrFreePorts, LOOPBACK } from './free-port.js';
import { findPostgresPrograms, launcherFor } from './postgres-account.js';
import {
  clearLeftOver,
  hasCluster,
  makeCluster,
  POSTGRES_STOP_DEADLINE,
  POSTGRES_STOP_SIGNAL,
  postgresFiles,
  readPostgresMemory,
  SUPERUSER,
  type PostgresMemory,
} from './postgres-data.js';
import { writePrivateJson } from './private-file.js';
import { makePassage } from './private-folder.js';
import { stopByPid, type ProcessIdentity } from './process-table.js';

/** Ready after half a second; recovery after a crash and a busy machine take longer. */
export const POSTGRES_START_DEADLINE = seconds(60);
const CONNECT_DEADLINE = millis(2_000);
/** How often a start is tried: somebody can take the port between our look and PostgreSQL's own. */
const ATTEMPTS = 4;
const WORKERS_NOTICE = millis(500);
/** The database that every cluster has. */
const MAINTENANCE = 'postgres';
/** Six services with a pool of ten each, and as much again for tests. */
const MAX_CONNECTIONS = 120;

export interface PostgresOptions {
  readonly dataDir: string;
  /** The database that `url` names; made if it is not there. */
  readonly database?: string;
  /** In a process group of its own, so that Ctrl-C on a terminal does not reach it. */
  readonly detached?: boolean;
  readonly startDeadline?: Millis;
  /** Hears of the process in the same tick in which it is made, before it is ready. */
  readonly onSpawn?: (identity: ProcessIdentity) => void;
}

export interface Postgres {
  readonly pid: number;
  readonly startedAt: string;
  readonly port: number;
  /** With the password in it: for configuration, never for a log. */
  readonly url: string;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  /** Makes the database if it is not there, and answers its URL. `anew`: one that is there is dropped first, with all that it holds. */
  database(name: string, options?: { readonly anew?: boolean }): Promise<string>;
  /** A fast shutdown, then SIGKILL after `POSTGRES_STOP_DEADLINE`. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash looks like. */
  kill(): Promise<void>;
}

interface Running {
  readonly child: Child;
  readonly port: number;
  readonly password: string;
}

const urlOf = (port: number, password: string, database: string): string => `postgres://${SUPERUSER}:${password}@${LOOPBACK}:${port}/${database}`;

const query = async (url: string, text: string, values: readonly unknown[] = []): Promise<number> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_DEADLINE });
  // Without a listener the end of the server would end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(text, [...values])).rowCount ?? 0;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const makeDatabase = async (maintenance: string, name: string): Promise<void> => {
  if ((await query(maintenance, 'select 1 from pg_database where datname = $1', [name])) > 0) return;
  await query(maintenance, `create database ${escapeIdentifier(name)}`);
};

const answers = async (url: string): Promise<boolean> => {
  try {
    await query(url, 'select 1');
    return true;
  } catch {
    return false;
  }
};

const bringUp = async (options: PostgresOptions, attempt = 1, portTaken = false): Promise<Running> => {
  const { dataDir } = options;
  const files = postgresFiles(dataDir);
  makePassage(dataDir);
  const programs = findPostgresPrograms();
  const launcher = launcherFor([programs.postgres, dataDir]);
  const found = readPostgresMemory(dataDir);
  await clearLeftOver(dataDir, found);
  const memory: PostgresMemory = found !== undefined && hasCluster(dataDir) ? found : await makeCluster(dataDir, programs, launcher);
  const [port = 0] = await keptOrFreePorts(portTaken || memory.port === undefined ? undefined : [memory.port], 1);

  const settings = { listen_addresses: LOOPBACK, unix_socket_directories: '', max_connections: MAX_CONNECTIONS };
  const args = ['-D', files.cluster, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  // One file for each start: nothing else would keep it small.
  const output = openSync(files.log, 'w', 0o600);
  let child: Child;
  try {
    child = await startChild(...launcher.command(programs.postgres, args), {
      stdio: ['ignore', output, output],
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
      detached: options.detached ?? false,
    });
    writePrivateJson(files.memory, { ...memory, port, process: { pid: child.pid, startedAt: child.startedAt } });
    options.onSpawn?.(child);
  } finally {
    closeSync(output);
  }
  const outcome = await whenReady(child, () => answers(urlOf(port, memory.password, MAINTENANCE)), options.startDeadline ?? POSTGRES_START_DEADLINE);
  if (outcome === 'ready') return { child, port, password: memory.password };
  await stopByPid(child, { signal: POSTGRES_STOP_SIGNAL, deadline: POSTGRES_STOP_DEADLINE });
  const report = tailOf(files.log);
  const isPortTaken = report.includes('could not bind');
  // After SIGKILL of the server its workers hold the shared memory until they have noticed.
  if (attempt < ATTEMPTS && (isPortTaken || report.includes('pre-existing shared memory'))) {
    await sleep(WORKERS_NOTICE);
    return bringUp(options, attempt + 1, isPortTaken);
  }
  throw new CountersignError('STACK_START_FAILED', `PostgreSQL ${describeFailure(outcome)}\n${report}`, { hint: `see \`${files.log}\``, retry: 'later' });
};

/**
 * Starts a PostgreSQL of our own on a free port of the loopback interface, with a random password that is kept with the data.
 * Data that is there is used again; a server that a killed owner left running on it is stopped first.
 * Throws `STACK_START_FAILED` or `TOOLING_MISSING`.
 */
export const startPostgres = async (options: PostgresOptions): Promise<Postgres> => {
  const { child, port, password } = await bringUp(options);
  const maintenance = urlOf(port, password, MAINTENANCE);
  const database = options.database ?? 'countersign';
  await makeDatabase(maintenance, database);
  return {
    pid: child.pid,
    startedAt: child.startedAt,
    port,
    url: urlOf(port, password, database),
    logFile: postgresFiles(options.dataDir).log,
    exited: child.exited,
    database: async (name, { anew = false } = {}) => {
      if (anew) await query(maintenance, `drop database if exists ${escapeIdentifier(name)} with (force)`);
      await makeDatabase(maintenance, name);
      return urlOf(port, password, name);
    },
    stop: async () => {
      await stopByPid(child, { signal: POSTGRES_STOP_SIGNAL, deadline: POSTGRES_STOP_DEADLINE });
    },
    kill: async () => {
      child.process.kill('SIGKILL');
      await child.exited;
    },
  };
};
