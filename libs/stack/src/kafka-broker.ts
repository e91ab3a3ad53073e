import { closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CountersignError, seconds, type Millis } from '@countersign/kernel';
import { answersAsKafka } from './api-versions.js';
import { describeFailure, startChild, tailOf, whenReady, type Child, type Exit } from './child.js';
import { readStackEnvironment } from './environment.js';
import { keptOrFreePorts, LOOPBACK } from './free-port.js';
import { DEFAULT_HEAP_MB, JAVA_HINT, javaArguments, javaEnvironment } from './java.js';
import {
  credentialsFor,
  KAFKA_ADMIN,
  kafkaFiles,
  newClusterId,
  readCredentials,
  readMemory,
  writeConfiguration,
  writeMemory,
  type KafkaMemory,
  type KafkaUser,
} from './kafka-files.js';
import { formatKafka, isFormatted } from './kafka-format.js';
import { writePrivateJson } from './private-file.js';
import { makePrivateFolder } from './private-folder.js';
import { stopByPid, type ProcessIdentity } from './process-table.js';

/** Ready after 2 s on a machine at rest; the rest is for one that is busy. */
export const KAFKA_START_DEADLINE = seconds(90);
/** A clean stop takes under a second; after SIGKILL the log is recovered at the next start. */
export const KAFKA_STOP_DEADLINE = seconds(20);
/** How often other ports are tried when somebody was faster between our look and Kafka's own. */
const PORT_ATTEMPTS = 3;

export interface KafkaOptions {
  /** Configuration, credentials and Kafka's own log; made if it is not there. */
  readonly dataDir: string;
  /** Where the topics are kept; by default under `dataDir`. A folder on tmpfs makes a quick broker that forgets. */
  readonly logDir?: string;
  readonly users: readonly KafkaUser[];
  /** Lines after those of `server.properties`, with the same `${...}`; a name that is in both has the value it has here. */
  readonly properties?: string;
  /** The folder of jars, see `findKafkaJars`. */
  readonly libsDir: string;
  readonly heapMb?: number;
  readonly java?: string;
  /** In a process group of its own, so that Ctrl-C on a terminal does not reach it. */
  readonly detached?: boolean;
  readonly startDeadline?: Millis;
  /** Hears of the process in the same tick in which it is made, before it is ready. */
  readonly onSpawn?: (identity: ProcessIdentity) => void;
}

/** A running node. `stop`, `kill` and `restart` may be called at any time, also when it has died by itself. */
export interface KafkaBroker {
  readonly pid: number;
  readonly startedAt: string;
  /** `127.0.0.1:port`, for clients: SASL_PLAINTEXT with SCRAM-SHA-512. */
  readonly address: string;
  readonly port: number;
  readonly logFile: string;
  /** Of the process that runs now; another one after `restart`. */
  readonly exited: Promise<Exit>;
  /** The password of a user; throws `NOT_FOUND` for an unknown one. */
  password(user: string): string;
  /** SIGTERM, then SIGKILL after `KAFKA_STOP_DEADLINE`. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash of the broker looks like. */
  kill(): Promise<void>;
  /** On the same data, and on the same ports unless somebody took them meanwhile; a node that still runs is stopped first. */
  restart(): Promise<void>;
}

type Settings = KafkaOptions & { readonly java: string; readonly heapMb: number };

interface Running {
  readonly child: Child;
  readonly memory: KafkaMemory;
  readonly credentials: Readonly<Record<string, string>>;
}

/** Stops what an earlier start left running on this data; nothing when that process is gone, or its pid somebody else's by now. */
const stopLeftOver = async (memory: KafkaMemory | undefined): Promise<void> => {
  if (memory?.process) await stopByPid(memory.process, { deadline: KAFKA_STOP_DEADLINE });
};

const launch = async (settings: Settings, memory: KafkaMemory): Promise<Child> => {
  const files = kafkaFiles(settings.dataDir);
  const output = openSync(files.console, 'w', 0o600);
  try {
    const child = await startChild(
      settings.java,
      [...javaArguments(settings.libsDir, files.logging, settings.heapMb), 'kafka.Kafka', files.properties],
      { stdio: ['ignore', output, output], env: javaEnvironment(), detached: settings.detached ?? false, hint: JAVA_HINT },
    );
    writeMemory(settings.dataDir, { ...memory, process: { pid: child.pid, startedAt: child.startedAt } });
    settings.onSpawn?.(child);
    return child;
  } finally {
    closeSync(output);
  }
};

/** Formats if that is needed, starts, and waits for an answer; on new ports if the kept ones are taken. */
const bringUp = async (settings: Settings, attempt = 1): Promise<Running> => {
  const { dataDir } = settings;
  const files = kafkaFiles(dataDir);
  const found = readMemory(dataDir);
  const kept = readCredentials(dataDir);
  const logDir = resolve(settings.logDir ?? join(dataDir, 'log'));
  const usable = isFormatted(found) && found.logDir === logDir && kept !== undefined;
  const credentials = credentialsFor(settings.users, usable ? kept : undefined);
  await stopLeftOver(found);
  const [client = 0, controller = 0] = await keptOrFreePorts(attempt === 1 ? found?.ports : undefined, 2);
  const memory: KafkaMemory = { clusterId: usable ? found.clusterId : newClusterId(), ports: [client, controller], logDir };
  writePrivateJson(files.credentials, credentials);
  writeConfiguration(dataDir, memory, credentials[KAFKA_ADMIN] ?? '', settings.properties);
  if (!usable) await formatKafka(dataDir, memory, credentials, settings);
  makePrivateFolder(logDir);
  writeMemory(dataDir, memory);

  const child = await launch(settings, memory);
  const outcome = await whenReady(child, () => answersAsKafka(client), settings.startDeadline ?? KAFKA_START_DEADLINE);
  if (outcome === 'ready') return { child, memory, credentials };
  await stopByPid(child, { deadline: KAFKA_STOP_DEADLINE });
  const report = `${tailOf(files.log)}\n${tailOf(files.console)}`.trim();
  if (attempt < PORT_ATTEMPTS && /Address already in use|BindException/.test(report)) return bringUp(settings, attempt + 1);
  throw new CountersignError('STACK_START_FAILED', `Kafka ${describeFailure(outcome)}\n${report}`, { hint: `see \`${files.log}\``, retry: 'later' });
};

/**
 * Starts one Kafka node with SCRAM users and access rules on, on free ports of the loopback interface.
 * Data that is there is used again, on its old ports if they are free; a node that a killed owner left running on it is stopped first.
 * Throws `STACK_START_FAILED`, `TOOLING_MISSING` (no Java) or `CONFIG_INVALID` (the data was made with other users).
 */
export const startKafka = async (options: KafkaOptions): Promise<KafkaBroker> => {
  const settings: Settings = { ...options, java: options.java ?? readStackEnvironment().java, heapMb: options.heapMb ?? DEFAULT_HEAP_MB };
  makePrivateFolder(settings.dataDir);
  let running = await bringUp(settings);
  const stop = async (): Promise<void> => {
    await stopByPid(running.child, { deadline: KAFKA_STOP_DEADLINE });
  };
  return {
    get pid() {
      return running.child.pid;
    },
    get startedAt() {
      return running.child.startedAt;
    },
    get port() {
      return running.memory.ports[0];
    },
    get address() {
      return `${LOOPBACK}:${running.memory.ports[0]}`;
    },
    get exited() {
      return running.child.exited;
    },
    logFile: kafkaFiles(settings.dataDir).log,
    password(user) {
      const password = running.credentials[user];
      if (password === undefined) throw new CountersignError('NOT_FOUND', `the local Kafka has no user \`${user}\``);
      return password;
    },
    stop,
    kill: async () => {
      running.child.process.kill('SIGKILL');
      await running.child.exited;
    },
    restart: async () => {
      await stop();
      running = await bringUp(settings);
    },
  };
};
