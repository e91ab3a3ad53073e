import { blobPath, decodeLeaf, logName, type ArchivedRecord, type ReadableStore } from '@countersign/archive';
import type { LogRecord } from '@countersign/bus/client';
import { CountersignError, sha256 } from '@countersign/kernel';
import type { NoteVerifier, TreeHead } from '@countersign/tlog';

/** The newest checkpoint of a log that the anchor tells of, with its place in it. */
export interface AnchoredHead extends TreeHead {
  readonly note: Buffer;
  /** Number of its entry in the anchor. */
  readonly anchorIndex: number;
}

/** One log of an archive, as the anchor tells of it. */
export interface ArchivedLog {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
  /** 0 for the first log of a topic partition; each that follows was begun by a person's order. */
  readonly epoch: number;
  /** Where it lies in the store. */
  readonly path: string;
  readonly verifier: NoteVerifier;
  /** What the anchor says of it, smallest first. */
  readonly heads: readonly TreeHead[];
  /** Offset behind the last record of the newest of them; `undefined` where it tells of none. */
  readonly next?: number;
  /** The anchor itself has none. */
  readonly newest?: AnchoredHead;
}

export const nameOf = ({ topic, partition, epoch }: Pick<ArchivedLog, 'topic' | 'partition' | 'epoch'>): string => logName(topic, partition, epoch);

/** A record as it was in Kafka, and the offset before it; what was too large for an entry comes from its blob. Throws `ARCHIVE_INVALID`, `BLOB_MISSING`. */
export const recordOf = async (store: ReadableStore, entry: Buffer): Promise<{ readonly record: ArchivedRecord; readonly previous: number }> => {
  const leaf = decodeLeaf(entry);
  if ('record' in leaf) return leaf;
  const blob = await store.get(blobPath(leaf.blob.sha256));
  if (blob === undefined) throw new CountersignError('BLOB_MISSING', `blob \`${leaf.blob.sha256}\` is not in the archive`);
  const found = sha256(blob) === leaf.blob.sha256 ? decodeLeaf(blob) : undefined;
  if (!found || !('record' in found) || found.record.offset !== leaf.offset || found.previous !== leaf.previous) throw new CountersignError('BLOB_MISSING', `blob \`${leaf.blob.sha256}\` is not what its entry says`);
  return found;
};

/** The record in its topic of a namespace. */
export const logRecordOf = ({ topic, partition }: Pick<ArchivedLog, 'topic' | 'partition'>, namespace: string, record: ArchivedRecord): LogRecord => ({ ...record, topic: `${namespace}.${topic}`, partition });
