import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker, TopicPartition } from '@countersign/bus';
import { inputsOf, partitionCountOf, topicName } from '@countersign/contracts';
import { TENANT } from './bench-config.js';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

/** Resolves when the ledger's read model has everything that is in the log now. It commits after each transaction, 100 ms later at most. */
export const ledgerCaughtUp = async (broker: Broker, namespace: string, partitions: number): Promise<void> => {
  const topics = inputsOf('ledger').map((topic) => ({ topic: topicName(namespace, topic, TENANT), count: partitionCountOf(topic, partitions) }));
  const targets = topics.flatMap(({ topic, count }) => Array.from({ length: count }, (_, partition): TopicPartition => ({ topic, partition })));
  const ends = await Promise.all(targets.map((target) => broker.offsets(target)));
  const began = performance.now();
  let behind = targets.map((target, at) => ({ ...target, end: ends[at]?.end ?? 0 })).filter(({ end }) => end > 0);
  for (;;) {
    const committed = await broker.committed(`${namespace}.ledger`, behind);
    const isDone = ({ topic, partition, end }: TopicPartition & { readonly end: number }): boolean =>
      committed.some((found) => found.topic === topic && found.partition === partition && found.offset >= end);
    // What is done is not asked for again: the answer costs time of the machine that is measured.
    behind = behind.filter((target) => !isDone(target));
    if (behind.length === 0) return;
    if (performance.now() - began > PATIENCE_MS) throw new Error(`the ledger does not catch up: ${behind.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')}`);
    await sleep(POLL_MS);
  }
};
