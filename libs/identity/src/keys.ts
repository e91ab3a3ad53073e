import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { sha256, CountersignError, type KeyId } from '@countersign/kernel';

/** Ed25519 keys. A public key travels as its 32 raw bytes in base64url. */

/** Half of what SHA-256 would need against collisions is enough: ids name keys that people announced, they prove nothing. */
const KEY_ID_LENGTH = 16;
const RAW_PUBLIC_KEY = /^[A-Za-z0-9_-]{43}$/;

/** Id of a key: the first 16 hex digits of the SHA-256 of its raw public key. */
export const keyIdOf = (publicKey: string): KeyId => sha256(Buffer.from(publicKey, 'base64url')).slice(0, KEY_ID_LENGTH) as KeyId;

/** Raw public key, base64url, of either half of a pair. */
export const rawPublicKeyOf = (key: KeyObject): string => {
  const { x, crv } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new CountersignError('KEY_INVALID', 'the key is no Ed25519 key');
  return x;
};

export const generateKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

/** Directories and rings are small; the bound only keeps a flood of announcements from filling memory. */
const MAX_PARSED = 4_096;
const parsed = new Map<string, KeyObject>();

/**
 * A public key from its raw form. The same text gives the same object, so that what was verified with it is remembered.
 * Throws `KEY_INVALID`.
 */
export const publicKeyOf = (raw: string): KeyObject => {
  const known = parsed.get(raw);
  if (known) return known;
  if (!RAW_PUBLIC_KEY.test(raw) || Buffer.from(raw, 'base64url').toString('base64url') !== raw) {
    throw new CountersignError('KEY_INVALID', 'a public key is 32 bytes in base64url');
  }
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: raw } });
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(raw, key);
  return key;
};
