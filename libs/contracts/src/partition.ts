/** Kafka's own partitioner, so that a reader can tell where a key belongs: murmur2 with Kafka's seed over the key's bytes. */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** 32-bit murmur2 as `org.apache.kafka.common.utils.Utils.murmur2` computes it (signed). */
export const murmur2 = (data: Uint8Array): number => {
  const { length } = data;
  const view = new DataView(data.buffer, data.byteOffset, length);
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = Math.imul(view.getInt32(at, true), M);
    k = Math.imul(k ^ (k >>> R), M);
    hash = Math.imul(hash, M) ^ k;
  }
  for (let rest = length - at; rest > 0; rest -= 1) hash ^= view.getUint8(at + rest - 1) << (8 * (rest - 1));
  if (at < length) hash = Math.imul(hash, M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
};

/** The partition of a key: what Kafka's default partitioner picks for it. */
export const partitionOf = (key: Uint8Array | string, partitions: number): number =>
  (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
