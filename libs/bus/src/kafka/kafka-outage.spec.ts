import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '@countersign/kernel';
import { kafkaMissing, startTestKafka, type TestKafka } from '@countersign/testing';
import type { LogRecord } from '../broker.js';
import { systemTimers } from '../timers.js';
import { KafkaBroker } from './kafka-broker.js';
import { SASL_MECHANISM } from './kafka-options.js';

const TARGET = { topic: 'outage', partition: 0 };
const RECORDS = 400;

describe.skipIf(kafkaMissing !== undefined)(`a broker that is killed and comes back${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, { timeout: 120_000 }, () => {
  let kafka: TestKafka;
  let broker: KafkaBroker;

  beforeAll(async () => {
    kafka = await startTestKafka();
    broker = new KafkaBroker(kafka.options());
    const { brokers, sasl } = kafka.options();
    const admin = new Kafka({ brokers: [...brokers], sasl: { mechanism: SASL_MECHANISM, ...sasl }, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: TARGET.topic, numPartitions: 1, replicationFactor: 1 }], waitForLeaders: true });
    await admin.disconnect();
  }, 120_000);
  afterAll(async () => {
    await broker?.close();
    await kafka?.stop();
  }, 60_000);

  it('costs no append and no record, repeats none, and members and followers go on', async () => {
    const read: LogRecord[] = [];
    const followed: LogRecord[] = [];
    const crashes: unknown[] = [];
    let confirmed = 0;
    const membership = await broker.join({
      group: 'outage',
      topics: [TARGET.topic],
      sessionTimeout: seconds(10),
      onAssigned: () => void (read.length > 0 && membership.resume([TARGET])),
      onRecords: (_, records) => void read.push(...records),
      onCrash: (fault) => void crashes.push(fault),
    });
    membership.resume([TARGET]);
    await broker.follow(TARGET, 0, { onRecords: (records) => void followed.push(...records), onEnd: (_, askedAt) => (confirmed = askedAt), onFault: () => undefined });

    const offsets: number[] = [];
    const appending = (async () => {
      for (let nth = 0; nth < RECORDS; nth += 1) {
        offsets.push(await broker.append(TARGET, [{ key: null, value: Buffer.from(String(nth)), headers: {} }]));
        await sleep(5);
      }
    })();
    await sleep(500);
    await kafka.kill();
    const killed = systemTimers.elapsed();
    await sleep(1_000);
    await kafka.restart();
    await appending;

    // Each append is acked once and where it says; the outage shows in neither the log nor its order.
    expect(offsets).toEqual(Array.from({ length: RECORDS }, (_, nth) => nth));
    const all: LogRecord[] = [];
    await broker.read(TARGET, 0, RECORDS, (records) => void all.push(...records));
    expect(all.map(({ value }) => String(value))).toEqual(offsets.map(String));

    await expect.poll(() => followed.length, { timeout: 20_000 }).toBe(RECORDS);
    expect(followed.map(({ offset }) => offset)).toEqual(offsets);
    await expect.poll(() => new Set(read.map(({ offset }) => offset)).size, { timeout: 20_000 }).toBe(RECORDS);
    await expect.poll(() => confirmed > killed && membership.lastHeartbeat() > killed, { timeout: 20_000 }).toBe(true);
    await membership.commit([{ ...TARGET, offset: RECORDS, metadata: 'after' }]);
    expect(await broker.committed('outage', [TARGET])).toEqual([{ ...TARGET, offset: RECORDS, metadata: 'after' }]);
    expect(crashes).toEqual([]);
  });
});
