import { canonicalJson, CountersignError, isJsonObject, sha256, type Sha256 } from '@countersign/kernel';
import { MAX_ENTRY_BYTES } from '@countersign/tlog';

/** A record of one topic partition, as Kafka keeps it. */
export interface ArchivedRecord {
  readonly offset: number;
  /** Kafka's, in milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** An entry of a log, and what it refers to where the record is too large for one. */
export interface Leaf {
  readonly entry: Buffer;
  readonly blob?: Buffer;
}

export interface DecodedLeaf {
  readonly record: ArchivedRecord;
  /** Offset of the record before; -1 at the start of a log. */
  readonly previous: number;
}

/** What an entry says instead of the record. */
export interface BlobLeaf {
  readonly offset: number;
  readonly previous: number;
  readonly blob: { readonly sha256: Sha256; readonly size: number };
}

const VERSION = 1;

/** The bytes as text where they are text and nothing gets lost. */
const textOf = (bytes: Buffer): string | undefined => {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : undefined;
};

const keyOf = (key: Buffer | null): unknown => (key === null ? null : (textOf(key) ?? { base64: key.toString('base64') }));

/** Whether the bytes are canonical JSON, so that they can stand in the leaf as they are. */
const isCanonical = (value: Buffer): boolean => {
  const text = textOf(value);
  if (text === undefined) return false;
  try {
    return canonicalJson(JSON.parse(text)) === text;
  } catch {
    return false;
  }
};

const headersOf = (headers: ArchivedRecord['headers']): readonly (readonly [string, string])[] => Object.entries(headers).map(([name, value]) => [name, value.toString('base64')]);

/** All of a leaf that comes behind a value which stands in it as it is. */
const tailOf = ({ key, headers, offset, timestamp }: ArchivedRecord, previous: number): string => canonicalJson({ h: headersOf(headers), k: keyOf(key), o: offset, p: previous, t: timestamp, v: VERSION });

const wholeLeaf = (record: ArchivedRecord, previous: number): Buffer => {
  const { value } = record;
  const tail = tailOf(record, previous);
  if (value !== null && isCanonical(value)) return Buffer.concat([Buffer.from('{"e":'), value, Buffer.from(`,${tail.slice(1)}`)]);
  const { h, k, o, p, t, v } = JSON.parse(tail) as Readonly<Record<string, unknown>>;
  return Buffer.from(canonicalJson({ h, k, o, p, t, v, raw: value?.toString('base64') ?? null }));
};

/**
 * The entry of a record: canonical JSON that depends on the record and the offset before it alone, so that whoever writes it writes the
 * same bytes. A value that is canonical JSON stands in it as it is (`e`), any other in base64 (`raw`); what is too large is a blob.
 */
export const encodeLeaf = (record: ArchivedRecord, previous: number): Leaf => {
  const whole = wholeLeaf(record, previous);
  if (whole.length <= MAX_ENTRY_BYTES) return { entry: whole };
  return { entry: Buffer.from(canonicalJson({ blob: { sha256: sha256(whole), size: whole.length }, o: record.offset, p: previous, v: VERSION })), blob: whole };
};

const invalid = (cause?: unknown): CountersignError => new CountersignError('ARCHIVE_INVALID', 'an entry is not a record as the archive writes it', { cause });

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value);

const bytesOf = (base64: unknown): Buffer => {
  if (typeof base64 !== 'string') throw invalid();
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw invalid();
  return bytes;
};

const decodedKey = (key: unknown): Buffer | null => {
  if (key === null) return null;
  if (typeof key === 'string') return Buffer.from(key);
  if (isJsonObject(key)) return bytesOf(key['base64']);
  throw invalid();
};

const decodedHeaders = (headers: unknown): Record<string, Buffer> => {
  if (!Array.isArray(headers)) throw invalid();
  return Object.fromEntries(
    headers.map((header: unknown) => {
      if (!Array.isArray(header) || header.length !== 2 || typeof header[0] !== 'string') throw invalid();
      return [header[0], bytesOf(header[1])] as const;
    }),
  );
};

/** The value of a leaf that holds it as it is: all that is not the tail. */
const embedded = (whole: Buffer, tail: string): Buffer => {
  const [from, to] = ['{"e":'.length, whole.length - Buffer.byteLength(tail)];
  if (to < from) throw invalid();
  return whole.subarray(from, to);
};

/**
 * The record of an entry, byte for byte; for one that refers to a blob, what it refers to, which `decodeLeaf` takes in its place.
 * Throws `ARCHIVE_INVALID` for whatever `encodeLeaf` would have written in another way.
 */
export const decodeLeaf = (entry: Buffer): DecodedLeaf | BlobLeaf => {
  let leaf: unknown;
  try {
    leaf = JSON.parse(entry.toString());
  } catch (fault) {
    throw invalid(fault);
  }
  if (!isJsonObject(leaf)) throw invalid();
  const { o: offset, p: previous, t: timestamp } = leaf;
  if (!isOffset(offset) || !isOffset(previous) || leaf['v'] !== VERSION) throw invalid();
  if (isJsonObject(leaf['blob'])) return decodedBlob(entry, offset, previous, leaf['blob']);
  if (!isOffset(timestamp)) throw invalid();
  const partial = { offset, timestamp, key: decodedKey(leaf['k']), headers: decodedHeaders(leaf['h']) };
  const value = 'e' in leaf ? embedded(entry, `,${tailOf({ ...partial, value: null }, previous).slice(1)}`) : leaf['raw'] === null ? null : bytesOf(leaf['raw']);
  const record = { ...partial, value };
  if (!wholeLeaf(record, previous).equals(entry)) throw invalid();
  return { record, previous };
};

const decodedBlob = (entry: Buffer, offset: number, previous: number, { sha256: hash, size }: Readonly<Record<string, unknown>>): BlobLeaf => {
  if (typeof hash !== 'string' || !isOffset(size) || canonicalJson({ blob: { sha256: hash, size }, o: offset, p: previous, v: VERSION }) !== entry.toString()) throw invalid();
  return { offset, previous, blob: { sha256: hash as Sha256, size } };
};

/** Of the record that an entry is, or refers to. */
export const offsetOf = (leaf: DecodedLeaf | BlobLeaf): number => ('record' in leaf ? leaf.record.offset : leaf.offset);

/** Where a blob is kept. */
export const blobPath = (hash: Sha256): string => `blobs/${hash}`;
