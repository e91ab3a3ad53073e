import type { Topic } from '@countersign/contracts';
import { topicName } from '@countersign/contracts';
import { TENANT } from './bench-config.js';
import type { BenchStack } from './bench-stack.js';
import { Driver } from './driver.js';
import { ledgerCaughtUp } from './ledger-lag.js';
import { ourLane } from './our-lane.js';
import { readTopic } from './read-log.js';
import { prepareRelay, relayLane, RelayProcess } from './relay-lane.js';
import { runShape, type RunShape } from './run-shape.js';
import { RELAY_TUNING } from './sizes.js';

/** Where a run leaves records. */
const RUN_TOPICS: readonly Topic[] = ['tasks', 'proposals', 'decisions', 'approvals', 'executions', 'outcomes'];

/** Everything about one of the two sides that the rounds need. */
export interface Side {
  readonly driver: Driver;
  readonly pids: Readonly<Record<string, number>>;
  /** Makes it read; it is at rest before. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when nothing of what was started is left to do. */
  settled(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

export const ourSide = async (stack: BenchStack): Promise<Side> => {
  const { broker, namespace, partitions, workflows } = stack;
  const driver = new Driver(broker, ourLane(namespace, partitions, workflows));
  await driver.open();
  return { driver, pids: { ...stack.services, ...stack.others }, start: nothing, stop: nothing, settled: () => ledgerCaughtUp(broker, namespace, partitions) };
};

/** What our side's runs so far were made of. */
export const measureShape = async ({ broker, namespace, partitions }: BenchStack): Promise<RunShape> => {
  const inbox = await readTopic(broker, topicName(namespace, 'inbox', TENANT), partitions);
  const log = [];
  for (const topic of RUN_TOPICS) log.push(...(await readTopic(broker, topicName(namespace, topic, TENANT), partitions)));
  return runShape(namespace, inbox, log);
};

export const relaySide = async (stack: BenchStack, shape: RunShape): Promise<Side & { end(): Promise<void> }> => {
  const { broker, brokers, sasl, partitions } = stack;
  const access = { brokers, sasl };
  await prepareRelay(access, shape, partitions);
  const lane = relayLane(shape, partitions);
  const process = await RelayProcess.spawn(access, shape, lane, RELAY_TUNING);
  const driver = new Driver(broker, lane);
  await driver.open();
  return { driver, pids: { relay: process.pid, ...stack.others }, start: () => process.start(), stop: () => process.stop(), settled: nothing, end: () => process.end() };
};
