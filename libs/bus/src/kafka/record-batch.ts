import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { CountersignError } from '@countersign/kernel';
import type { LogRecord } from '../broker.js';
import { ByteReader } from './byte-reader.js';

/**
 * Kafka's record batch, version 2 (`org.apache.kafka.common.record.DefaultRecordBatch`): a header of 61 bytes, then records
 * whose numbers are relative to it.
 */
export const HEADER_BYTES = 61;
/** Bytes of a batch before the length counts: base offset and the length itself. */
export const LENGTH_STARTS = 12;
export const MAGIC_AT = 16;
export const MAGIC = 2;
const CODEC = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const ABORT_MARKER = 0;
/** Far above any batch that a broker takes by default, and far below what hurts; more is a bomb. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024;

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: number;
}

export interface Decoded {
  readonly records: readonly LogRecord[];
  /** Where the next fetch goes on; also behind records that are not handed out (compacted, aborted, markers). */
  readonly next: number;
}

const unpack = (codec: number, packed: Buffer, where: string): Buffer => {
  switch (codec) {
    case 0:
      return packed;
    case 1:
      return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
    case 4:
      return zstdDecompressSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
    default:
      throw new CountersignError('BROKER_REFUSED', `records of ${where} are compressed with ${codec === 2 ? 'snappy' : 'lz4'}`, {
        hint: 'set `compression.type=uncompressed` on the topic, as the namespace is made with: then the broker unpacks what it is sent',
      });
  }
};

/**
 * Reads the record batches of a fetch answer, from an offset on: a batch that begins before it is cut, and one that is not
 * complete is left for the next fetch. Keys, values and headers are slices of `bytes`, not copies.
 */
export const decodeBatches = (topic: string, partition: number, bytes: Buffer, from: number, aborted: readonly AbortedTransaction[]): Decoded => {
  const records: LogRecord[] = [];
  const open = new Set<string | undefined>();
  const starting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  let next = from;
  let at = 0;
  while (bytes.length - at >= HEADER_BYTES) {
    const length = bytes.readInt32BE(at + 8);
    const end = at + LENGTH_STARTS + length;
    if (end > bytes.length) break;
    if (bytes.readInt8(at + MAGIC_AT) !== MAGIC) throw new CountersignError('BROKER_REFUSED', `records of \`${topic}/${partition}\` are in a format older than Kafka 0.11`);
    const reader = new ByteReader(bytes, at);
    const base = reader.int64();
    reader.skip(9 + 4);
    const attributes = reader.int16();
    const last = base + reader.int32();
    const firstTimestamp = reader.int64();
    const maxTimestamp = reader.int64();
    const producer = attributes & (TRANSACTIONAL | CONTROL) ? reader.text64() : reader.skip(8);
    reader.skip(6);
    const count = reader.int32();
    at = end;
    if (last < from) continue;
    next = last + 1;
    while (starting[0] && starting[0].firstOffset <= last) open.add(starting.shift()?.producerId);
    const body = unpack(attributes & CODEC, bytes.subarray(reader.at, end), `\`${topic}/${partition}\``);
    if (attributes & CONTROL) {
      if (count > 0 && markerOf(body) === ABORT_MARKER) open.delete(producer);
      continue;
    }
    if (attributes & TRANSACTIONAL && open.has(producer)) continue;
    const entries = new ByteReader(body, 0);
    const appendTime = attributes & LOG_APPEND_TIME ? maxTimestamp : undefined;
    for (let nth = 0; nth < count; nth += 1) {
      const record = readRecord(entries, topic, partition, base, firstTimestamp, appendTime);
      if (record.offset >= from) records.push(record);
    }
  }
  return { records, next };
};

const readRecord = (reader: ByteReader, topic: string, partition: number, base: number, firstTimestamp: number, appendTime: number | undefined): LogRecord => {
  reader.varint();
  reader.skip(1);
  const timestamp = firstTimestamp + reader.varint();
  const offset = base + reader.varint();
  const key = reader.bytes();
  const value = reader.bytes();
  // No prototype: a header may be called `__proto__`.
  const headers: Record<string, Buffer> = Object.create(null);
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.bytes();
    headers[name ? name.toString('utf8') : ''] = reader.bytes() ?? Buffer.alloc(0);
  }
  return { topic, partition, offset, timestamp: appendTime ?? timestamp, key, value, headers };
};

/** The key of a control record is its version and its type. */
const markerOf = (body: Buffer): number | undefined => {
  const reader = new ByteReader(body, 0);
  reader.varint();
  reader.skip(1);
  reader.varint();
  reader.varint();
  const key = reader.bytes();
  return key && key.length >= 4 ? key.readInt16BE(2) : undefined;
};
