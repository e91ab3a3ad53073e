import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError, isJsonObject, millis, seconds, SHUTDOWN_DEADLINE, type Millis } from '@countersign/kernel';
import { CappedLog } from './capped-log.js';
import { describeFailure, startChild, tailOf, whenReady, type Exit } from './child.js';
import { parseAs, readText } from './private-file.js';
import { makePrivateFolder } from './private-folder.js';
import { stopByPid, type ProcessIdentity } from './process-table.js';

/** One row of the table of services: a script that is run by the Node that runs the stack, or a program of another kind. */
export interface ServiceSpec {
  /** `planner`; with replicas `planner-1`, `planner-2`. */
  readonly name: string;
  /** Path of the script, `apps/planner/dist/main.js`. */
  readonly entry: string;
  /** `entry` is no script of Node. It writes its ready file as the others do. */
  readonly isProgram?: boolean;
  readonly args?: readonly string[];
  /** All of the service's environment but the few names that every program needs: what one service is told, no other one knows. */
  readonly env: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** Where the service answers GET with 2xx while it is well, if its ready file names an address. */
  readonly healthPath?: string;
  readonly startDeadline?: Millis;
}

/** A process that is up. `http` is what its ready file says. */
export interface Part extends ProcessIdentity {
  readonly http?: string;
  readonly exited: Promise<Exit>;
}

/** How a part of the stack is started, once and again. */
export interface PartPlan {
  readonly name: string;
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  readonly stopDeadline: Millis;
  readonly healthPath?: string;
  /** `onSpawn` hears of the process in the same tick in which it is made, long before it is ready. */
  launch(onSpawn: (identity: ProcessIdentity) => void): Promise<Part>;
}

/** A service joins its consumer group and folds its state before it is ready; on a busy machine that takes a while. */
export const SERVICE_START_DEADLINE = seconds(60);
/** A busy machine may be late with a service's own end. */
const LATENESS = seconds(5);
/** A service ends by itself before this, in order or not; one that does not is killed, and what it left is taken up from the log. */
export const SERVICE_STOP_DEADLINE = millis(SHUTDOWN_DEADLINE + LATENESS);
export const DEFAULT_HEALTH_PATH = '/health';
/** The last lines of a process can arrive after its end. */
const LAST_WORDS = millis(500);

/**
 * MiB of each half of V8's young generation. By default it grows to 32 and more, which made 360 MiB of a service under load that holds
 * 60; with 8 it is 280 at the same CPU time, with 4 it takes 8 % more of that. No source maps: they are 8 MiB of each service, and
 * a stack trace leads to the built file, which is the source without its types.
 */
const SEMI_SPACE_MIB = 8;
const NODE_FLAGS = [`--max-semi-space-size=${SEMI_SPACE_MIB}`];

/** What any program needs to run, and nothing that says who may do what. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ', 'NO_COLOR', 'NODE_ENV', 'NODE_EXTRA_CA_CERTS'];

const inherited = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(INHERITED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));

interface ReadyFile {
  readonly pid: number;
  readonly http?: string;
}

const isReadyFile = (value: unknown): value is ReadyFile =>
  isJsonObject(value) && typeof value['pid'] === 'number' && (value['http'] === undefined || typeof value['http'] === 'string');

/** `planner` with two replicas -> `planner-1`, `planner-2`. */
export const replicaNames = ({ name, replicas = 1 }: Pick<ServiceSpec, 'name' | 'replicas'>): string[] =>
  replicas === 1 ? [name] : Array.from({ length: replicas }, (_, index) => `${name}-${index + 1}`);

/**
 * Starts the service and waits until it has written `{ pid, http? }` to the file that `READY_FILE` names.
 * Throws `STACK_START_FAILED` with the end of its log.
 */
const launchService = async (spec: ServiceSpec, name: string, stackDir: string, onSpawn: (identity: ProcessIdentity) => void): Promise<Part> => {
  const readyFile = join(stackDir, 'run', `${name}.ready.json`);
  makePrivateFolder(dirname(readyFile));
  rmSync(readyFile, { force: true });
  const logFile = serviceLog(stackDir, name);
  makePrivateFolder(dirname(logFile));
  const [command, ...before] = spec.isProgram === true ? [spec.entry] : [process.execPath, ...NODE_FLAGS, spec.entry];
  const child = await startChild(command, [...before, ...(spec.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: stackDir,
    env: { ...inherited(process.env), ...spec.env, READY_FILE: readyFile, SERVICE_NAME: name },
  });
  onSpawn(child);
  const log = new CappedLog(logFile);
  child.process.stdout?.on('data', (bytes: Uint8Array) => log.write(bytes));
  child.process.stderr?.on('data', (bytes: Uint8Array) => log.write(bytes));
  const closed = once(child.process, 'close').then(() => log.close());

  let ready: ReadyFile | undefined;
  const isReady = (): Promise<boolean> => {
    ready = parseAs(readText(readyFile) ?? '', isReadyFile);
    return Promise.resolve(ready?.pid === child.pid);
  };
  const outcome = await whenReady(child, isReady, spec.startDeadline ?? SERVICE_START_DEADLINE);
  if (outcome !== 'ready') {
    await stopByPid(child, { deadline: SERVICE_STOP_DEADLINE });
    await Promise.race([closed, sleep(LAST_WORDS)]);
    throw new CountersignError('STACK_START_FAILED', `\`${name}\` ${describeFailure(outcome)}\n${tailOf(logFile)}`, { hint: `see \`${logFile}\`` });
  }
  return { pid: child.pid, startedAt: child.startedAt, exited: child.exited, ...(ready?.http === undefined ? {} : { http: ready.http }) };
};

export const serviceLog = (stackDir: string, name: string): string => join(stackDir, 'log', `${name}.log`);

export const servicePlans = (spec: ServiceSpec, stackDir: string): PartPlan[] =>
  replicaNames(spec).map((name) => ({
    name,
    logFile: serviceLog(stackDir, name),
    stopSignal: 'SIGTERM',
    stopDeadline: SERVICE_STOP_DEADLINE,
    healthPath: spec.healthPath ?? DEFAULT_HEALTH_PATH,
    launch: (onSpawn) => launchService(spec, name, stackDir, onSpawn),
  }));
