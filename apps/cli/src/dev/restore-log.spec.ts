import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveWriter, encodeLeaf, initArchive, LogWriter, logPath, logSigner, MemoryStore, newArchiveKey, type ArchivedRecord } from '@countersign/archive';
import { KafkaAdmin, KafkaBroker, OffsetGaps, type LogRecord } from '@countersign/bus';
import { systemClock } from '@countersign/kernel';
import { kafkaMissing, startTestKafka, type TestKafka } from '@countersign/testing';
import { restoreLog } from './restore-log.js';

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

  const restore = async (topic: string, partition: number, records: readonly ArchivedRecord[]) => {
    const log = await LogWriter.open(archive.log(topic, partition));
    for (const [at, each] of records.entries()) log.append(encodeLeaf(each, records[at - 1]?.offset ?? -1).entry);
    await log.publish();
    const path = logPath(NAMESPACE, topic, partition);
    await restoreLog({ topic, partition, path, verifier: logSigner(KEY, path), heads: [] }, { broker, gaps, store, namespace: NAMESPACE, onRecord: () => undefined });
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

  it('is refused where it is what somebody folds, and its beginning is not archived', async () => {
    for (const topic of ['executions', 'controls']) await expect(restore(topic, 0, [record(4)])).rejects.toMatchObject({ code: 'LOG_TRUNCATED', message: expect.stringContaining(`\`${topic}/0\` from offset 4 on`) as string });
  });
});
