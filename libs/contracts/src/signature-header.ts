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
  /** Inclusion path, lowest sibling first. */
  readonly path: readonly Buffer[];
}

/** One produce of ours is far smaller; a bound keeps what a stranger can make us compute small. */
export const MAX_BATCH = 65_536;

const HEADER = /^v1\.([0-9a-f]{16})\.(0|[1-9]\d{0,14})\.([1-9]\d{0,4})\.(0|[1-9]\d{0,4})\.([A-Za-z0-9_-]{86})\.((?:[A-Za-z0-9_-]{4}){0,160}[A-Za-z0-9_-]{0,3})$/;
const EPOCH = /^(?:claim|-|0|[1-9]\d{0,14})$/;

export const formatSignature = (header: Omit<SignatureHeader, 'path' | 'signature'>, signature: Buffer, path: readonly Uint8Array[]): string =>
  ['v1', header.key, header.firstSeq, header.size, header.index, signature.toString('base64url'), Buffer.concat(path).toString('base64url')].join('.');

const pathOf = (text: string): readonly Buffer[] | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length % HASH_BYTES !== 0 || bytes.toString('base64url') !== text) return undefined;
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
};

/** Reads `cs-sig`; throws `SIGNATURE_MISSING` and `SIGNATURE_INVALID`. */
export const parseSignature = (header: Uint8Array | undefined): SignatureHeader => {
  if (header === undefined || header.length === 0) throw new CountersignError('SIGNATURE_MISSING', `the record has no \`${HEADERS.signature}\``);
  const [, key, firstSeq, size, index, signature, encodedPath] = HEADER.exec(Buffer.from(header).toString('latin1')) ?? [];
  const path = encodedPath === undefined ? undefined : pathOf(encodedPath);
  if (key === undefined || signature === undefined || path === undefined || Number(index) >= Number(size)) {
    throw new CountersignError('SIGNATURE_INVALID', `\`${HEADERS.signature}\` is not as it must be`);
  }
  return { key: key as KeyId, firstSeq: Number(firstSeq), size: Number(size), index: Number(index), signature, path };
};

/** Reads `cs-epoch`; throws `SIGNATURE_INVALID`. */
export const parseEpoch = (header: Uint8Array | undefined): Epoch => {
  const text = header === undefined ? '' : Buffer.from(header).toString('latin1');
  if (!EPOCH.test(text)) throw new CountersignError('SIGNATURE_INVALID', `\`${HEADERS.epoch}\` is not as it must be`);
  return text === 'claim' || text === '-' ? text : Number(text);
};
