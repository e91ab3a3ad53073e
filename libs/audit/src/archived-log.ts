import { blobPath, decodeLeaf, logName, type ArchivedRecord, type BlobLeaf, type DecodedLeaf, type ReadableStore } from '@countersign/archive';
import type { LogRecord } from '@countersign/bus/client';
import { CountersignError, isJsonObject, sha256 } from '@countersign/kernel';
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

/** What a blob holds, where it is the one that an entry names. */
const recordInBlob = ({ blob, offset, previous }: BlobLeaf, bytes: Buffer | undefined): DecodedLeaf => {
  if (bytes === undefined) throw new CountersignError('BLOB_MISSING', `blob \`${blob.sha256}\` is not there`);
  const found = sha256(bytes) === blob.sha256 ? decodeLeaf(bytes) : undefined;
  if (!found || !('record' in found) || found.record.offset !== offset || found.previous !== previous) throw new CountersignError('BLOB_MISSING', `blob \`${blob.sha256}\` is not what its entry says`);
  return found;
};

/** A record as it was in Kafka, and the offset before it, of an entry and the blob that it may name. Throws `ARCHIVE_INVALID`, `BLOB_MISSING`. */
export const recordIn = (entry: Buffer, blob: Buffer | undefined): DecodedLeaf => {
  const leaf = decodeLeaf(entry);
  return 'record' in leaf ? leaf : recordInBlob(leaf, blob);
};

/** The blob that an entry names, of its archive; `undefined` where it names none, or it is gone. */
export const blobOf = async (store: ReadableStore, entry: Buffer): Promise<Buffer | undefined> => {
  const leaf = decodeLeaf(entry);
  return 'record' in leaf ? undefined : store.get(blobPath(leaf.blob.sha256));
};

/** The same record, of its archive. */
export const recordOf = async (store: ReadableStore, entry: Buffer): Promise<DecodedLeaf> => {
  const leaf = decodeLeaf(entry);
  return 'record' in leaf ? leaf : recordInBlob(leaf, await store.get(blobPath(leaf.blob.sha256)));
};

/** The record in its topic of a namespace. */
export const logRecordOf = ({ topic, partition }: Pick<ArchivedLog, 'topic' | 'partition'>, namespace: string, record: ArchivedRecord): LogRecord => ({ ...record, topic: `${namespace}.${topic}`, partition });

/** The event that a value says it is, unchecked; `undefined` for one that is no JSON object. */
export const eventIn = (value: Buffer | null): Readonly<Record<string, unknown>> | undefined => {
  try {
    const parsed: unknown = JSON.parse(value?.toString() ?? '');
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
};
