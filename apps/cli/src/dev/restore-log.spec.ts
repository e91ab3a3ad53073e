import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveWriter, encodeLeaf, initArchive, LogWriter, logPath, logSigner, MemoryStore, newArchiveKey, type ArchivedRecord } from '@countersign/archive';
import { KafkaAdmin, KafkaBroker, OffsetGaps, type LogRecord } from '@countersign/bus';
import { systemClock } from '@countersign/kernel';
import { kafkaMissing, startTestKafka, type TestKafka } from '@countersign/testing';
import { restorePartition } from './restore-log.js';

const NAMESPACE = 'restored';
const TOPICS = { namespace: NAMESPACE, tenants: ['acme'], partitions: 2 };
const DURABILITY = { replicationFactor: 1, minInsyncReplicas: 1 };
const KEY = newArchiveKey('ledger.example');
const STARTS = 60_000;

const record = (offset: number, bytes = 10): ArchivedRecord => ({ offset, timestamp: 1_790_000_000_000 + offset, key: offset % 2 === 0 ? null : Buffer.from('acme/desk'), value: offset === 3 ? null : Buffer.alloc(bytes, offset), headers: { at: Buffer.from(String(offset)) } });

describe.skipIf(kafkaMissing !== undefined)(`a log that is restored${kafkaMissing === undefined ? '' : ` (${kafkaMissing})`}`, { timeout: STARTS }, () => {
  let kafka: TestKafka;
  let broker: KafkaBroker;
  let gaps: OffsetGaps;
  let archive: ArchiveWriter;
  const store = new MemoryStore(systemClock);
  beforeAll(async () => {
    kafka = await startTestKafka();
    const admin = new KafkaAdmin(kafka.options());
    await admin.createForRestore(TOPICS, DURABILITY);
    await admin.close();
    broker = new KafkaBroker(kafka.options());
    gaps = new OffsetGaps(kafka.options(), broker);
    await initArchive(store, { key: KEY, namespace: NAMESPACE, partitions: 2, lock: null });
    archive = await ArchiveWriter.open(store, NAMESPACE, KEY, systemClock);
  }, STARTS);
  afterAll(async () => {
    await gaps?.close();
    await broker?.close();
    await kafka?.stop();
  }, STARTS);

  /** Archives records, one list for each epoch, and restores them. */
  const restore = async (topic: string, partition: number, ...epochs: readonly (readonly ArchivedRecord[])[]) => {
    for (const [epoch, records] of epochs.entries()) {
      const log = await LogWriter.open(archive.log(topic, partition, epoch));
      for (const [at, each] of records.entries()) log.append(encodeLeaf(each, records[at - 1]?.offset ?? -1).entry);
      await log.publish();
    }
    const logs = epochs.map((_records, epoch) => logPath(NAMESPACE, topic, partition, epoch)).map((path, epoch) => ({ topic, partition, epoch, path, verifier: logSigner(KEY, path), heads: [] }));
    await restorePartition(logs, { broker, gaps, store, namespace: NAMESPACE, onRecord: () => undefined });
  };
  const onKafka = async (topic: string, partition: number) => {
    const target = { topic: `${NAMESPACE}.${topic}`, partition };
    const { start, end } = await broker.offsets(target);
    const found: LogRecord[] = [];
    await broker.read(target, start, end, (records) => void found.push(...records));
    return { start, records: found.map(({ offset, timestamp, key, value, headers }): ArchivedRecord => ({ offset, timestamp, key, value, headers: { ...headers } })) };
  };

  it('has every record at its offset, whatever lay between them: marks of transactions, and what was aborted, at any place and of any size', async () => {
    const offsets = [0, 1, 2, 3, 5, 7, 8, 12, 9_013, 9_014];
    const records = offsets.map((offset) => record(offset));
    await restore('inbox.acme', 0, records);
    expect(await onKafka('inbox.acme', 0)).toEqual({ start: 0, records });
  });

  it('has them where one batch does not take what lies between two marks', async () => {
    const records = [0, 1, 2, 4, 5].map((offset) => record(offset, 40_000));
    await restore('inbox.acme', 1, records);
    expect(await onKafka('inbox.acme', 1)).toEqual({ start: 0, records });
  });

  it('begins where the archive does', async () => {
    const records = [20, 21, 23].map((offset) => record(offset));
    await restore('tasks', 0, records);
    expect(await onKafka('tasks', 0)).toEqual({ start: 20, records });
  });

  it('goes on behind records that are archived nowhere, where a person had it archived into a further log', async () => {
    const [before, after, last] = [[0, 1], [7, 8], [9, 11]].map((offsets) => offsets.map((offset) => record(offset))) as [ArchivedRecord[], ArchivedRecord[], ArchivedRecord[]];
    await restore('tasks', 1, before, after, last);
    expect(await onKafka('tasks', 1)).toEqual({ start: 0, records: [...before, ...after, ...last] });
  });

  it('is refused where it is what somebody folds, and records are archived nowhere; a mark of a transaction is none', async () => {
    for (const topic of ['executions', 'controls']) await expect(restore(topic, 0, [record(4)])).rejects.toMatchObject({ code: 'LOG_TRUNCATED', message: `the archive lacks offsets 0 to 3 of \`${topic}/0\`, and what was there counts` });
    await expect(restore('decisions', 0, [record(0)], [record(2)])).rejects.toMatchObject({ code: 'LOG_TRUNCATED' });
    await restore('decisions', 1, [0, 2].map((offset) => record(offset)), [record(3)]);
    expect((await onKafka('decisions', 1)).records).toHaveLength(3);
  });
});
