import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { ControlsFollower, DeadLetters, newStats, OwnerRuntime, silentLog, SignedWire, systemTimers } from '@countersign/bus';
import { topicName } from '@countersign/contracts';
import { fileSigner, loadRoot } from '@countersign/identity';
import { PlannerHandler } from '@countersign/planner/dist/planner.handler.js';
import { announcedKeys, controlsFold, controlVerifier } from '@countersign/service';
import type { BenchStack } from './bench-stack.js';
import { FoldingBroker } from './folding-broker.js';
import { RELAY_TUNING } from './sizes.js';

/** Planner's output: of all owners' the one with the largest events. */
const TOPIC = 'proposals';
export const FOLDED_PARTITION = 0;
const TRUST_DOMAIN = 'countersign.local';

/** Records in the partition that is folded. */
export const foldable = async ({ broker, namespace }: BenchStack): Promise<number> => (await broker.offsets({ topic: topicName(namespace, TOPIC), partition: FOLDED_PARTITION })).end;

/** Seconds in which the planner's own code restores the partition from the start of its log: read, verified, decoded and folded. */
export const foldSeconds = async ({ broker, folder, namespace, partitions }: BenchStack): Promise<number> => {
  const stats = newStats();
  const timers = systemTimers;
  const log = silentLog;
  const root = loadRoot(join(folder, 'keys/root.json'), TRUST_DOMAIN);
  const verify = controlVerifier(root);
  const deadLetters = new DeadLetters({ broker, namespace, service: 'planner', timers, stats, log, signal: AbortSignal.abort() });
  const controls = new ControlsFollower({ broker, topic: topicName(namespace, 'controls'), fold: controlsFold, verify, deadLetters, timers, stats, log });
  await controls.start();
  const wire = new SignedWire({ namespace, partitions, signer: fileSigner('planner', join(folder, 'keys/planner.pem')), keys: announcedKeys(() => controls.state) });
  const folding = new FoldingBroker(broker, topicName(namespace, TOPIC), FOLDED_PARTITION);
  let fault: unknown;
  const runtime = new OwnerRuntime({ step: new PlannerHandler(TRUST_DOMAIN), broker: folding, wire, controls, namespace, partitions, instance: 'bench', log, stats, onFatal: (reason) => (fault = reason) });
  try {
    await runtime.start();
    const seconds = await folding.folded;
    if (fault !== undefined) throw fault;
    if (stats.badOwn > 0) throw new Error(`${stats.badOwn} records of the log were refused`);
    return seconds;
  } finally {
    await runtime.stop();
    await controls.stop();
  }
};

/** Seconds in which a raw kafkajs consumer gets the same records, from its first fetch to the last batch. */
export const consumeSeconds = async ({ brokers, sasl, namespace, partitions }: Pick<BenchStack, 'brokers' | 'sasl' | 'namespace' | 'partitions'>, records: number, group: string): Promise<number> => {
  const topic = topicName(namespace, TOPIC);
  const kafka = new Kafka({ brokers: [...brokers], clientId: group, sasl: { mechanism: 'scram-sha-512', ...sasl }, logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: RELAY_TUNING.maxWaitMs });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<number>();
  let began = 0;
  const others = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => partition !== FOLDED_PARTITION);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    consumer.pause([{ topic, partitions: others }]);
    began = performance.now();
  });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: (payload) => {
      const { batch } = payload;
      payload.resolveOffset(batch.lastOffset());
      if (batch.partition === FOLDED_PARTITION && Number(batch.lastOffset()) >= records - 1) resolve((performance.now() - began) / 1_000);
      return Promise.resolve();
    },
  });
  const seconds = await Promise.race([promise, sleep(60_000).then(() => Promise.reject(new Error('kafkajs does not get to the end of the partition')))]);
  await consumer.disconnect();
  return seconds;
};

