import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { placeOf, type RawRecord } from './record.ts';

/**
 * The judge's own reading of batch signatures, written from the README of libs/contracts and sharing no code with it: if both are
 * wrong, they are wrong in two ways.
 */

/** What a good signature states of a record. */
export interface Signed {
  readonly keyId: string;
  readonly epoch: string;
  readonly seq: number;
}

/** Public keys by key id. */
export type Keys = ReadonlyMap<string, { readonly service: string; readonly publicKey: KeyObject }>;

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};

const leafOf = ({ key, value }: RawRecord): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(key === null ? -1 : key.length);
  return sha256(Buffer.of(0), length, key ?? Buffer.alloc(0), value ?? Buffer.alloc(0));
};

const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right);

/** Size of the left subtree of a tree (RFC 6962): the largest power of two below its size. */
const leftSize = (size: number): number => {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
};

/** Root of the tree of `size` leaves whose leaf `index` is given; siblings come lowest first. */
const rootOf = (leaf: Buffer, index: number, size: number, siblings: Buffer[]): Buffer => {
  if (size === 1) {
    if (siblings.length > 0) throw new Error('the path is too long');
    return leaf;
  }
  const top = siblings.at(-1);
  if (!top) throw new Error('the path is too short');
  const rest = siblings.slice(0, -1);
  const left = leftSize(size);
  return index < left ? node(rootOf(leaf, index, left, rest), top) : node(top, rootOf(leaf, index - left, size - left, rest));
};

const chunks = (bytes: Buffer): Buffer[] => {
  if (bytes.length % 32 !== 0) throw new Error('the path is no list of hashes');
  return Array.from({ length: bytes.length / 32 }, (_, at) => bytes.subarray(at * 32, at * 32 + 32));
};

/** Records of one batch lie one after the other and share a signed text: it is verified once. */
export class SignatureCheck {
  readonly #keys: Keys;
  readonly #namespace: string;
  #verified = '';

  constructor(keys: Keys, namespace: string) {
    this.#keys = keys;
    this.#namespace = namespace;
  }

  /** Throws with the reason where the record is not signed as it must be, by `service`. */
  check(record: RawRecord, service: string): Signed {
    const header = record.headers['cs-sig']?.toString('latin1') ?? '';
    const epoch = record.headers['cs-epoch']?.toString('latin1') ?? '';
    const [version, keyId = '', firstSeq = '', size = '', index = '', signature = '', path = '', ...more] = header.split('.');
    if (version !== 'v1' || more.length > 0) throw new Error(`${placeOf(record)} has no signature`);
    const key = this.#keys.get(keyId);
    if (key?.service !== service) throw new Error(`${placeOf(record)} is signed by ${key?.service ?? 'nobody known'}, not by ${service}`);
    if (!(Number(index) < Number(size))) throw new Error(`${placeOf(record)} has index ${index} of ${size}`);
    const root = rootOf(leafOf(record), Number(index), Number(size), chunks(Buffer.from(path, 'base64url')));
    const text = ['countersign/batch/v1', `${this.#namespace}.${record.topic}`, record.partition, epoch, firstSeq, size, root.toString('hex')].join('\n');
    const known = `${keyId}\n${signature}\n${text}`;
    if (known !== this.#verified && !verify(null, Buffer.from(text), key.publicKey, Buffer.from(signature, 'base64url'))) {
      throw new Error(`${placeOf(record)} has a signature that does not cover it`);
    }
    this.#verified = known;
    return { keyId, epoch, seq: Number(firstSeq) + Number(index) };
  }
}

/** A raw Ed25519 key (base64url) as Node takes it. */
export const publicKeyOf = (raw: string): KeyObject => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' });
