import { leafHash } from '@countersign/tlog';

/** What is signed, and how a record becomes a leaf. Both are part of the wire format: a change is a new `v2`. */

/** Offset of the writer's claim, `claim` for a claim, `-` on topics without claims. */
export type Epoch = number | 'claim' | '-';

export interface Batch {
  /** Full Kafka name, namespace included: what is signed for a sandbox counts nowhere else. */
  readonly topic: string;
  readonly partition: number;
  readonly epoch: Epoch;
  /** Sequence number of the batch's first record in its epoch. */
  readonly firstSeq: number;
}

/** Kafka tells no key from an empty one; -1 as a length does, as in its own record format. */
const NO_KEY = Buffer.of(0xff, 0xff, 0xff, 0xff);

/** Leaf of a record: RFC 6962 leaf hash of the key's length (4 bytes, big-endian; -1 for no key), the key and the value. */
export const recordLeaf = (key: Uint8Array | null, value: Uint8Array): Buffer => {
  if (key === null) return leafHash(NO_KEY, value);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(key.length);
  return leafHash(length, key, value);
};

/** The text that is signed: lines, none of which can hold a line end. */
export const signedText = (batch: Batch, size: number, root: Uint8Array): string =>
  ['countersign/batch/v1', batch.topic, batch.partition, batch.epoch, batch.firstSeq, size, Buffer.from(root).toString('hex')].join('\n');
