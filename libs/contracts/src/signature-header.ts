import { HASH_BYTES } from '@countersign/tlog';
import { CountersignError, type KeyId } from '@countersign/kernel';
import { HEADERS } from './envelope.js';
import type { Epoch } from './batch-tree.js';

/** `cs-sig`: `v1.<key id>.<first seq>.<size>.<index>.<signature>.<path>`, the last two in base64url. */
export interface SignatureHeader {
  readonly key: KeyId;
  readonly firstSeq: number;
  readonly size: number;
  readonly index: number;
  /** Ed25519, base64url. */
  readonly signature: string;
  /** Inclusion path, base64url of its hashes, lowest sibling first. */
  readonly path: string;
}

/** One produce of ours is far smaller; a bound keeps what a stranger can make us compute small. */
export const MAX_BATCH = 65_536;

/** 64 bytes leave four bits of the last character unused; they are zero, so that a signature has one spelling. */
const HEADER = /^v1\.([0-9a-f]{16})\.(0|[1-9]\d{0,14})\.([1-9]\d{0,4})\.(0|[1-9]\d{0,4})\.([A-Za-z0-9_-]{85}[AQgw])\.([A-Za-z0-9_-]{0,800})$/;
const EPOCH = /^(?:claim|-|0|[1-9]\d{0,14})$/;

export const formatSignature = ({ key, firstSeq, size, index, signature, path }: SignatureHeader): string => `v1.${key}.${firstSeq}.${size}.${index}.${signature}.${path}`;

/** A path in the form in which it stands in the header. */
export const formatPath = (path: readonly Uint8Array[]): string => Buffer.concat(path).toString('base64url');

/** Hashes of a path; `undefined` where the text is none, or another spelling of one. */
export const parsePath = (text: string): readonly Buffer[] | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length % HASH_BYTES !== 0 || bytes.toString('base64url') !== text) return undefined;
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
};

/** Reads `cs-sig`; throws `SIGNATURE_MISSING` and `SIGNATURE_INVALID`. */
export const parseSignature = (header: Uint8Array | undefined): SignatureHeader => {
  if (header === undefined || header.length === 0) throw new CountersignError('SIGNATURE_MISSING', `the record has no \`${HEADERS.signature}\``);
  const [, key, firstSeq, size, index, signature, path] = HEADER.exec(Buffer.from(header.buffer, header.byteOffset, header.length).toString('latin1')) ?? [];
  if (key === undefined || signature === undefined || path === undefined || Number(index) >= Number(size)) {
    throw new CountersignError('SIGNATURE_INVALID', `\`${HEADERS.signature}\` is not as it must be`);
  }
  return { key: key as KeyId, firstSeq: Number(firstSeq), size: Number(size), index: Number(index), signature, path };
};

/** Reads `cs-epoch`; throws `SIGNATURE_INVALID`. */
export const parseEpoch = (header: Uint8Array | undefined): Epoch => {
  const text = header === undefined ? '' : Buffer.from(header.buffer, header.byteOffset, header.length).toString('latin1');
  if (!EPOCH.test(text)) throw new CountersignError('SIGNATURE_INVALID', `\`${HEADERS.epoch}\` is not as it must be`);
  return text === 'claim' || text === '-' ? text : Number(text);
};
