import { sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson, type KeyId } from '@countersign/kernel';

/**
 * Detached compact JWS (RFC 7515, appendix F) with Ed25519 (RFC 8037): `<header>..<signature>`. The header is exactly
 * `{"alg":"EdDSA","kid":"<key id>"}`: nothing in it can choose an algorithm or bring a key. Synchronous, which libraries
 * for it are not, so that verifying a vote can be part of a pure check; a test exchanges signatures with `jose`.
 */

const base64url = (data: Uint8Array | string): string => Buffer.from(data).toString('base64url');
const headerOf = (key: KeyId): string => base64url(canonicalJson({ alg: 'EdDSA', kid: key }));
const signingInput = (header: string, bytes: Uint8Array): Buffer => Buffer.from(`${header}.${base64url(bytes)}`);

/** 64 bytes leave four bits of the last character unused; they are zero, so that a signature has one spelling. */
const COMPACT = /^([A-Za-z0-9_-]{20,200})\.\.([A-Za-z0-9_-]{85}[AQgw])$/;
const KEY_IN_HEADER = /^\{"alg":"EdDSA","kid":"([0-9a-f]{16})"\}$/;

/** Signs the bytes with a person's key. */
export const signAsPerson = (bytes: Uint8Array, privateKey: KeyObject, key: KeyId): string => {
  const header = headerOf(key);
  return `${header}..${base64url(sign(null, signingInput(header, bytes), privateKey))}`;
};

export interface DetachedJws {
  readonly key: KeyId;
  covers(bytes: Uint8Array, publicKey: KeyObject): boolean;
}

/** A detached JWS of ours; `undefined` for any other text. It is not verified before `covers` says so. */
export const parseJws = (text: string): DetachedJws | undefined => {
  const [, header = '', signature = ''] = COMPACT.exec(text) ?? [];
  const [, key] = KEY_IN_HEADER.exec(Buffer.from(header, 'base64url').toString('utf8')) ?? [];
  // The header has one spelling too.
  if (key === undefined || headerOf(key as KeyId) !== header) return undefined;
  return { key: key as KeyId, covers: (bytes, publicKey) => verify(null, signingInput(header, bytes), publicKey, Buffer.from(signature, 'base64url')) };
};
