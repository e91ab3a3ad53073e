import type { NewRecord } from '../broker.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter, varintSize } from './byte-writer.js';
import { crc32c } from './crc32c.js';
import type { Exchange } from './kafkajs-internals.js';
import { HEADER_BYTES, LENGTH_STARTS, MAGIC } from './record-batch.js';

/** Kafka 2.1 to 4.x take it; newer forms say nothing more that matters here. */
const VERSION = 7;
const API_KEY = 0;
const ALL_REPLICAS = -1;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const NO_EPOCH = -1;

/** What makes a batch recognisable when it is sent again. */
export interface ProducerState {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface Produced {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
}

export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

const bytesOf = (text: Buffer | string): Buffer => (typeof text === 'string' ? Buffer.from(text) : text);

const sizeOf = (value: Uint8Array | null): number => (value === null ? 1 : varintSize(value.length) + value.length);

const writeRecord = (writer: ByteWriter, { key, value, headers }: NewRecord, nth: number, later: number): void => {
  const entries = Object.entries(headers).map(([name, text]) => [Buffer.from(name), bytesOf(text)] as const);
  let size = 1 + varintSize(later) + varintSize(nth) + sizeOf(key) + sizeOf(value) + varintSize(entries.length);
  for (const [name, text] of entries) size += sizeOf(name) + sizeOf(text);
  writer.varint(size).int8(0).varint(later).varint(nth).varbytes(key).varbytes(value).varint(entries.length);
  for (const [name, text] of entries) writer.varbytes(name).varbytes(text);
};

/** One record batch: all of it gets into the log, or nothing. `sequence` is the first record's number among the producer's records in this partition. */
export const encodeBatch = (records: readonly NewRecord[], { producerId, producerEpoch }: ProducerState, sequence: number, now: number): Buffer => {
  const times = records.map(({ timestamp = now }) => timestamp);
  const [first = now] = times;
  const writer = new ByteWriter();
  writer.int64(0).int32(0).int32(NO_EPOCH).int8(MAGIC).int32(0).int16(0);
  writer.int32(records.length - 1).int64(first).int64(Math.max(first, ...times)).bigint64(producerId).int16(producerEpoch).int32(sequence).int32(records.length);
  for (const [nth, record] of records.entries()) writeRecord(writer, record, nth, (times[nth] ?? first) - first);
  writer.int32At(LENGTH_STARTS - 4, writer.length - LENGTH_STARTS);
  writer.uint32At(CRC_AT, crc32c(writer.written.subarray(ATTRIBUTES_AT)));
  return writer.written;
};

/** Bytes that a batch of these records takes, to within a few. */
export const sizeOfBatch = (records: readonly NewRecord[]): number => {
  let size = HEADER_BYTES;
  for (const { key, value, headers } of records) {
    size += 16 + (key?.length ?? 0) + (value?.length ?? 0);
    for (const [name, text] of Object.entries(headers)) size += 6 + name.length + text.length;
  }
  return size;
};

const encode = (batches: readonly EncodedBatch[], timeout: number): Buffer => {
  const byTopic = Map.groupBy(batches, ({ topic }) => topic);
  const writer = new ByteWriter().string(null).int16(ALL_REPLICAS).int32(timeout).int32(byTopic.size);
  for (const [topic, partitions] of byTopic) {
    writer.string(topic).int32(partitions.length);
    for (const { partition, batch } of partitions) writer.int32(partition).int32(batch.length).bytes(batch);
  }
  return writer.written;
};

const decode = (raw: Buffer): readonly Produced[] => {
  const reader = new ByteReader(raw, 0);
  const produced: Produced[] = [];
  for (let topics = reader.int32(); topics > 0; topics -= 1) {
    const topic = reader.string();
    for (let partitions = reader.int32(); partitions > 0; partitions -= 1) {
      produced.push({ topic, partition: reader.int32(), errorCode: reader.int16(), baseOffset: reader.int64() });
      // Append time and the log's start.
      reader.skip(16);
    }
  }
  return produced;
};

/** One request with at most one batch for each partition; the answer has an error code for each of them. */
export const produceExchange = (batches: readonly EncodedBatch[], timeout: number): Exchange<readonly Produced[]> => ({
  request: {
    apiKey: API_KEY,
    apiVersion: VERSION,
    apiName: 'Produce',
    encode: () => {
      const bytes = encode(batches, timeout);
      return Promise.resolve({ buf: bytes, buffer: bytes });
    },
  },
  response: { decode: (raw) => Promise.resolve(decode(raw)) },
});
