import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaMissing, startTestKafka, type TestKafka } from '@countersign/testing';
import type { LogRecord, NewRecord, TopicPartition } from '../broker.js';
import { KafkaAdmin } from './kafka-admin.js';
import { KafkaBroker } from './kafka-broker.js';
import { OffsetGaps } from './offset-gaps.js';

const NAMESPACE = 'gaps';
const DURABILITY = { replicationFactor: 1, minInsyncReplicas: 1 };
const TOPICS = { namespace: NAMESPACE, tenants: ['acme'], partitions: 4 };
const TIME = 1_790_000_000_000;

const record = (text: string): NewRecord => ({ key: null, value: Buffer.from(text), headers: { 'x-text': Buffer.from(text) }, timestamp: TIME });

describe.skipIf(kafkaMissing !== undefined)(`offsets without a record${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, { timeout: 60_000 }, () => {
  let kafka: TestKafka;
  let broker: KafkaBroker;
  let gaps: OffsetGaps;
  beforeAll(async () => {
    kafka = await startTestKafka();
    const admin = new KafkaAdmin(kafka.options());
    await admin.createForRestore(TOPICS, DURABILITY);
    await admin.close();
    broker = new KafkaBroker(kafka.options());
    gaps = new OffsetGaps(kafka.options(), broker);
  });
  afterAll(async () => {
    await gaps?.close();
    await broker?.close();
    await kafka?.stop();
  });

  const partition = (number: number): TopicPartition => ({ topic: `${NAMESPACE}.tasks`, partition: number });
  /** All that a reader is handed, by offset. */
  const read = async (target: TopicPartition) => {
    const { start, end } = await broker.offsets(target);
    const found: LogRecord[] = [];
    await broker.read(target, start, end, (records) => void found.push(...records));
    return { start, end, records: found.map(({ offset, timestamp, key, value, headers }) => [offset, timestamp, key, String(value), String(headers['x-text'])]) };
  };
  const at = (offset: number, text: string) => [offset, TIME, null, text, text];

  it('are those before the one that a partition begins at', async () => {
    const target = partition(0);
    await gaps.startAt(target, 20_001);
    expect(await broker.append(target, [record('first')])).toBe(20_001);
    expect(await read(target)).toEqual({ start: 20_001, end: 20_002, records: [at(20_001, 'first')] });
  });

  it('are one behind records, however often, and the records are as any other', async () => {
    const target = partition(1);
    expect(await gaps.appendAndSkip(target, [record('a'), record('b')])).toBe(0);
    expect(await gaps.appendAndSkip(target, [record('c')])).toBe(3);
    expect(await broker.append(target, [record('d')])).toBe(5);
    expect(await read(target)).toMatchObject({ start: 0, end: 6, records: [at(0, 'a'), at(1, 'b'), at(3, 'c'), at(5, 'd')] });
  });

  it('are as many as are wanted between two records, or behind one that has one behind it', async () => {
    const target = partition(2);
    await broker.append(target, [record('a')]);
    await gaps.skip(target, 2);
    expect(await broker.append(target, [record('b')])).toBe(3);
    await gaps.skip(target, 30_000);
    expect(await broker.append(target, [record('c')])).toBe(30_004);
    expect((await read(target)).records).toEqual([at(0, 'a'), at(3, 'b'), at(30_004, 'c')]);
  });

  it('are refused where somebody else writes there meanwhile', async () => {
    const target = partition(3);
    let calls = 0;
    const late = new OffsetGaps(kafka.options(), { append: broker.append.bind(broker), offsets: async (asked) => ({ start: 0, end: (calls += 1) === 1 ? 0 : (await broker.offsets(asked)).end + 5 }) });
    await expect(late.skip(target, 3)).rejects.toMatchObject({ code: 'LOG_TRUNCATED' });
    await late.close();
  });
});
