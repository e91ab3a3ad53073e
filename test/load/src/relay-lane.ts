import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { topicName } from '@countersign/contracts';
import { TENANT } from './bench-config.js';
import type { Lane } from './lane.js';
import { followers, type RelayAnswer, type RelayOrder, type RelaySettings } from './relay-protocol.js';
import { readRelayValue, relayValue } from './relay-record.js';
import type { RunShape } from './run-shape.js';

/** Namespace of the relay's topics. */
const NAMESPACE = 'bench-relay';
const MAIN = fileURLToPath(new URL('./relay-main.js', import.meta.url));

type Access = Pick<RelaySettings, 'brokers' | 'sasl'>;
export type RelayTuning = Pick<RelaySettings, 'concurrency' | 'maxWaitMs'>;

/** The other side: the same records, of the same sizes, through a process that does nothing but read and write. */
export const relayLane = (shape: RunShape, partitions: number): Lane => {
  const last = shape.findLastIndex(({ type }) => type === 'countersign.task.finished');
  return {
    name: 'relay',
    input: topicName(NAMESPACE, 'inbox', TENANT),
    output: topicName(NAMESPACE, 'outcomes', TENANT),
    partitions,
    recordOf: (run) => ({ key: null, value: relayValue(run, 0, shape[0]?.bytes ?? 0), headers: {} }),
    finishedRun: ({ value }) => {
      if (!value) return undefined;
      const { run, hop } = readRelayValue(value);
      return hop === last ? run : undefined;
    },
  };
};

/** Makes the relay's topics, as many partitions each as ours have. */
export const prepareRelay = async ({ brokers, sasl }: Access, shape: RunShape, partitions: number): Promise<void> => {
  const kafka = new Kafka({ brokers: [...brokers], clientId: NAMESPACE, sasl: { mechanism: 'scram-sha-512', ...sasl }, logLevel: logLevel.ERROR });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = [...new Set(shape.map(({ topic }) => `${NAMESPACE}.${topic}`))];
    await admin.createTopics({ waitForLeaders: true, topics: topics.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })) });
  } finally {
    await admin.disconnect();
  }
};

/** The relay's process. It is quiet until `start`, and again after `stop`. */
export class RelayProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async spawn(access: Access, shape: RunShape, lane: Lane, tuning: RelayTuning): Promise<RelayProcess> {
    const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const relay = new RelayProcess(child);
    await relay.answers('ready');
    const settings: RelaySettings = {
      ...access,
      ...tuning,
      output: lane.output,
      hops: shape.map(({ topic, bytes }) => ({ topic: `${NAMESPACE}.${topic}`, bytes })),
      next: followers(shape),
    };
    child.send(settings);
    return relay;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  start(): Promise<void> {
    return this.order('start', 'started');
  }

  stop(): Promise<void> {
    return this.order('stop', 'stopped');
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  private async order(order: RelayOrder, expected: RelayAnswer): Promise<void> {
    const answered = this.answers(expected);
    this.child.send(order);
    await answered;
  }

  private async answers(expected: RelayAnswer): Promise<void> {
    const answered = new AbortController();
    const { signal } = answered;
    const ended = once(this.child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the relay ended with exit code ${code}`);
    });
    try {
      const [answer] = (await Promise.race([once(this.child, 'message', { signal }), ended])) as [RelayAnswer];
      if (answer !== expected) throw new Error(`the relay answered \`${answer}\` instead of \`${expected}\``);
    } finally {
      answered.abort();
    }
  }
}
