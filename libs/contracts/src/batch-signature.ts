import type { KeyObject } from 'node:crypto';
import { rootFromPath, treeWithPaths } from '@countersign/tlog';
import { CountersignError, type KeyId } from '@countersign/kernel';
import { recordLeaf, signedText, type Batch, type Epoch } from './batch-tree.js';
import { HEADERS } from './envelope.js';
import { FLOW, topicOf, type Service } from './flow.js';
import { formatPath, formatSignature, MAX_BATCH, parseEpoch, parsePath, parseSignature, type SignatureHeader } from './signature-header.js';
import type { KeyRing, Signer } from './signer.js';
import { verifyOnce } from './verified-roots.js';

export interface BatchToSign extends Batch {
  readonly records: readonly { readonly key: Uint8Array | null; readonly value: Uint8Array }[];
  readonly signer: Signer;
}

/** What is checked of a record. */
export interface SignedRecord {
  /** Full Kafka name. */
  readonly topic: string;
  readonly partition: number;
  /** Kafka's timestamp, milliseconds. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

/** What a valid signature says. */
export interface Verified {
  readonly service: Service;
  readonly key: KeyId;
  readonly epoch: Epoch;
  /** Sequence number of this record in its epoch. */
  readonly seq: number;
}

/** Signs what one produce puts into one partition: one signature, and for each record the text of its `cs-sig` header. */
export const signBatch = ({ records, signer, ...batch }: BatchToSign): string[] => {
  if (records.length === 0) return [];
  if (records.length >= MAX_BATCH) throw new Error(`a batch of ${records.length} records is too large to sign`);
  const { root, paths } = treeWithPaths(records.map(({ key, value }) => recordLeaf(key, value)));
  const size = records.length;
  const signature = signer.sign(Buffer.from(signedText(batch, size, root))).toString('base64url');
  return paths.map((path, index) => formatSignature({ key: signer.key, firstSeq: batch.firstSeq, size, index, signature, path: formatPath(path) }));
};

const invalid = (): CountersignError => new CountersignError('SIGNATURE_INVALID', 'the signature does not cover the record as it stands here');

/** A namespace holds no dot, so what is after the first one is the local name. */
const localTopic = (topic: string): string => topic.slice(topic.indexOf('.') + 1);

/** Who signed, if it may write to the record's topic. */
export const writerOf = (record: SignedRecord, header: SignatureHeader, epoch: Epoch, keys: KeyRing) => {
  const found = keys.find(header.key, record.timestamp);
  if (!found) throw new CountersignError('SIGNER_UNKNOWN', `key \`${header.key}\` is not announced, or is retired`);
  const topic = topicOf(localTopic(record.topic));
  if (topic === undefined || !FLOW[topic].writers.includes(found.service)) {
    throw new CountersignError('SIGNER_WRONG', `\`${found.service}\` may not write to \`${record.topic}\``);
  }
  if ((FLOW[topic].claimed === true) === (epoch === '-')) throw new CountersignError('SIGNATURE_INVALID', `epoch \`${epoch}\` has no place in \`${record.topic}\``);
  return found;
};

/** Whether the signature covers a root, for the record's topic and partition. */
export const coversRoot = (record: SignedRecord, header: SignatureHeader, epoch: Epoch, root: Buffer, publicKey: KeyObject): boolean =>
  verifyOnce(publicKey, signedText({ topic: record.topic, partition: record.partition, epoch, firstSeq: header.firstSeq }, header.size, root), header.signature);

/**
 * Checks that a service signed this record for this topic, partition and epoch, and that the service may write there.
 * Throws `SIGNATURE_MISSING`, `SIGNATURE_INVALID`, `SIGNER_UNKNOWN`, `SIGNER_WRONG`. Whether type and key belong here is
 * said by `checkPlace` once the event is decoded; whether the epoch still counts, by the reader.
 */
export const verifySignature = (record: SignedRecord, keys: KeyRing): Verified => {
  const header = parseSignature(record.headers[HEADERS.signature]);
  const epoch = parseEpoch(record.headers[HEADERS.epoch]);
  const { service, publicKey } = writerOf(record, header, epoch, keys);
  const path = parsePath(header.path);
  const root = path === undefined || record.value === null ? undefined : rootFromPath(recordLeaf(record.key, record.value), header.index, header.size, path);
  if (root === undefined || !coversRoot(record, header, epoch, root, publicKey)) throw invalid();
  return { service, key: header.key, epoch, seq: header.firstSeq + header.index };
};
