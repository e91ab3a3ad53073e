import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { CountersignError } from '@countersign/kernel';

/**
 * A signing key cannot be encrypted to. A service that others encrypt to has a second key, which follows from the first by a one-way
 * function, so that there is one file to keep and one thing to retire; neither key tells anything of the other.
 */

/** Names what is derived: whatever else may follow from the same key one day is another key. */
const PURPOSE = 'countersign/encryption-key/v1';
const KEY_BYTES = 32;
/** RFC 8410: everything of a PKCS #8 file with an X25519 key but the 32 bytes of the key. */
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The X25519 private key that belongs to a service's Ed25519 private key; throws `KEY_INVALID`. */
export const encryptionKeyOf = (signingKey: KeyObject): KeyObject => {
  const { d, crv } = signingKey.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || d === undefined) throw new CountersignError('KEY_INVALID', 'the key is no Ed25519 private key');
  const secret = Buffer.from(hkdfSync('sha256', Buffer.from(d, 'base64url'), '', PURPOSE, KEY_BYTES));
  return createPrivateKey({ key: Buffer.concat([X25519_PKCS8, secret]), format: 'der', type: 'pkcs8' });
};

/** Its public half, raw, base64url: what is announced. */
export const rawEncryptionKeyOf = (signingKey: KeyObject): string => createPublicKey(encryptionKeyOf(signingKey)).export({ format: 'jwk' }).x ?? '';

/** An announced X25519 public key from its raw form. Throws `KEY_INVALID`. */
export const publicEncryptionKeyOf = (raw: string): KeyObject => {
  if (!isRawKey(raw)) throw new CountersignError('KEY_INVALID', 'a public key is 32 bytes in base64url');
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: raw } });
};

/** 32 bytes in base64url, in their one spelling. */
export const isRawKey = (raw: string): boolean => {
  const bytes = Buffer.from(raw, 'base64url');
  return bytes.length === KEY_BYTES && bytes.toString('base64url') === raw;
};
