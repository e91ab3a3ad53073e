import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { Exchange } from './kafkajs-internals.js';
import type { AbortedTransaction } from './record-batch.js';

/** The newest form that names topics and needs no flexible fields; Kafka 2.3 to 4.x take it. */
const VERSION = 11;
const API_KEY = 1;
const NO_REPLICA = -1;
const READ_COMMITTED = 1;
/** No fetch session: each request says everything. */
const NO_SESSION = 0;
const FINAL_EPOCH = -1;
const UNKNOWN = -1;
/** A thousand events and more; the broker sends at least one batch, however large it is. */
const MAX_PARTITION_BYTES = 1024 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** One byte is enough to answer: an event waits for nothing. */
const MIN_BYTES = 1;

export interface FetchWish {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** What readers of committed records may see ends here. */
  readonly end: number;
  /** The log ends here, open transactions included. */
  readonly written: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly batches: Buffer;
}

const encode = (wishes: readonly FetchWish[], maxWait: number): Buffer => {
  const byTopic = Map.groupBy(wishes, ({ topic }) => topic);
  const writer = new ByteWriter();
  writer.int32(NO_REPLICA).int32(maxWait).int32(MIN_BYTES).int32(MAX_BYTES).int8(READ_COMMITTED).int32(NO_SESSION).int32(FINAL_EPOCH).int32(byTopic.size);
  for (const [topic, partitions] of byTopic) {
    writer.string(topic).int32(partitions.length);
    for (const { partition, position } of partitions) writer.int32(partition).int32(UNKNOWN).int64(position).int64(UNKNOWN).int32(MAX_PARTITION_BYTES);
  }
  return writer.int32(0).string('').written;
};

const decode = (raw: Buffer): readonly FetchedPartition[] => {
  const reader = new ByteReader(raw, 0);
  // Throttle time, error and session; errors of partitions say all there is to say without a session.
  reader.skip(4 + 2 + 4);
  const fetched: FetchedPartition[] = [];
  for (let topics = reader.int32(); topics > 0; topics -= 1) {
    const topic = reader.string();
    for (let partitions = reader.int32(); partitions > 0; partitions -= 1) {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const highWatermark = reader.int64();
      const lastStable = reader.int64();
      reader.skip(8);
      const aborted: AbortedTransaction[] = [];
      for (let left = reader.int32(); left > 0; left -= 1) aborted.push({ producerId: reader.text64(), firstOffset: reader.int64() });
      reader.skip(4);
      const size = Math.max(0, reader.int32());
      const batches = raw.subarray(reader.at, reader.at + size);
      reader.skip(size);
      fetched.push({ topic, partition, errorCode, end: lastStable < 0 ? highWatermark : lastStable, written: highWatermark, aborted, batches });
    }
  }
  return fetched;
};

/** One fetch; the broker waits up to `maxWait` milliseconds until there is something to send. */
export const fetchExchange = (wishes: readonly FetchWish[], maxWait: number): Exchange<readonly FetchedPartition[]> => ({
  request: {
    apiKey: API_KEY,
    apiVersion: VERSION,
    apiName: 'Fetch',
    encode: () => {
      const bytes = encode(wishes, maxWait);
      return Promise.resolve({ buf: bytes, buffer: bytes });
    },
  },
  response: { decode: (raw) => Promise.resolve(decode(raw)) },
});
