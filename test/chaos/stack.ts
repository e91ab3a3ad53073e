import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaBroker } from '@countersign/bus';
import { isRunning, KAFKA_ADMIN, readStackState, stackDown, stackUp, WORKSPACE_ROOT, type ProcessIdentity } from '@countersign/stack';
import { REPLICATED, type Replicated } from './schedule.ts';

/** Shorter than the default of 10 s, so that a frozen process is missed soon; Kafka's own minimum in the local stack is 1 s. */
export const SESSION_TIMEOUT_MS = 5_000;
/** The upstream system that the load comes from. */
export const TENANT = 'acme';
/** A process that is killed twenty times is started again each time. */
const RESTART_ATTEMPTS = 1_000_000;

const run = promisify(execFile);

/** The whole local stack of the command line: real processes, two of each service that can have two, and the payments service. */
export interface ChaosStack {
  readonly dir: string;
  readonly namespace: string;
  readonly partitions: number;
  readonly payments: { readonly url: string; readonly token: string };
  readonly databaseUrl: (name: string) => string;
  /** The process of a part, also one that is still starting; `undefined` where none runs at the moment. */
  process(name: string): ProcessIdentity | undefined;
  /** Whether a part says that it works. */
  isReady(name: string): boolean;
  /** As one of Kafka's users; the caller closes it. */
  kafka(user: string): KafkaBroker;
  /** Puts a folder of configuration in force, as a person would. */
  apply(folder: string): Promise<void>;
  /** Ends every process. */
  down(): Promise<void>;
}

const readJson = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

const passwordOf = (dir: string, user: string): string =>
  user === KAFKA_ADMIN ? String(readJson(join(dir, 'kafka/credentials.json'))[KAFKA_ADMIN]) : readFileSync(join(dir, 'secrets', `${user}.password`), 'utf8').trimEnd();

const stateOf = (dir: string) => {
  const state = readStackState(dir);
  if (!state?.kafka || !state.postgres) throw new Error(`no stack runs in ${dir}`);
  return { parts: state.parts, brokers: state.kafka.brokers, postgres: state.postgres.url };
};

/** `replicated`: services of which two run. */
export const startChaosStack = async (dir: string, onStep: (text: string) => void, replicated: readonly Replicated[] = REPLICATED): Promise<ChaosStack> => {
  await stackUp({
    stackDir: dir,
    definition: join(WORKSPACE_ROOT, 'apps/cli/dist/dev/local-stack.js'),
    env: {
      COUNTERSIGN_EXAMPLES: 'true',
      COUNTERSIGN_REPLICAS: replicated.map((service) => `${service}=2`).join(','),
      COUNTERSIGN_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
      COUNTERSIGN_RESTART_ATTEMPTS: String(RESTART_ATTEMPTS),
    },
    onChange: ({ step }) => onStep(step),
  });
  const client = readJson(join(dir, 'client.json'));
  const connection = (readJson(join(dir, 'connections.json')) as Record<string, { readonly url: string; readonly token: string }>)['payments'];
  if (!connection) throw new Error('the stack has no payments service');
  return {
    dir,
    namespace: String(client['namespace']),
    partitions: Number(client['partitions']),
    payments: connection,
    databaseUrl: (name) => {
      const url = new URL(stateOf(dir).postgres);
      url.pathname = `/${name}`;
      return url.href;
    },
    process: (name) => {
      const part = readStackState(dir)?.parts[name];
      return part && isRunning(part) ? { pid: part.pid, startedAt: part.startedAt } : undefined;
    },
    isReady: (name) => readStackState(dir)?.parts[name]?.state === 'ready',
    kafka: (user) => new KafkaBroker({ brokers: stateOf(dir).brokers, clientId: `chaos-${user}`, sasl: { username: user, password: passwordOf(dir, user) } }),
    apply: async (folder) => {
      await run(process.execPath, [join(WORKSPACE_ROOT, 'apps/cli/dist/main.js'), '--data', dir, 'config', 'apply', folder, '--yes']);
    },
    down: async () => {
      await stackDown(dir);
    },
  };
};
