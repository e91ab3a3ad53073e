import { createPrivateKey, createPublicKey, hash, hkdfSync, sign, verify, type KeyObject } from 'node:crypto';
import { fromBase64, toBase64 } from './base64.js';
import { malformed, TlogFault } from './fault.js';

/** Signed notes (C2SP signed-note): a text, an empty line, and lines of signatures, each with the name and id of its key. */

/** How a key signs: the text as it is (0x01), or with the time as a witness does (0x04, C2SP tlog-cosignature). */
export type SignatureType = 'ed25519' | 'cosignature';
const TYPE_BYTE: Readonly<Record<SignatureType, number>> = { ed25519: 0x01, cosignature: 0x04 };

const KEY_BYTES = 32;
const ED25519_BYTES = 64;
const TIME_BYTES = 8;
/** More than any note of ours has; the specification asks for 16 at least. */
const MAX_SIGNATURES = 64;

export interface NoteVerifier {
  readonly name: string;
  /** Four bytes, as hex. */
  readonly keyId: string;
  readonly type: SignatureType;
  readonly publicKey: KeyObject;
}

export interface NoteSigner extends NoteVerifier {
  readonly privateKey: KeyObject;
}

export interface Signature {
  readonly name: string;
  readonly keyId: string;
  /** Without the key id. */
  readonly bytes: Buffer;
}

export interface Note {
  /** With its last newline. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

const checkName = (name: string): void => {
  // oxlint-disable-next-line no-control-regex -- a name must not have them
  if (!/^[^\s+\u0000-\u001f\u007f]+$/u.test(name)) throw malformed('the name of a key is empty, or has spaces or a plus');
};

const rawPublicKey = (key: KeyObject): Buffer => Buffer.from(String(key.export({ format: 'jwk' })['x']), 'base64url');

const keyIdOf = (name: string, type: SignatureType, publicKey: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(TYPE_BYTE[type]), publicKey]), 'buffer').toString('hex', 0, 4);

export const noteVerifier = (name: string, publicKey: KeyObject, type: SignatureType = 'ed25519'): NoteVerifier => {
  checkName(name);
  return { name, type, publicKey, keyId: keyIdOf(name, type, rawPublicKey(publicKey)) };
};

/** `name+hex(key id)+base64(type || public key)`. */
export const encodeVerifier = ({ name, keyId, type, publicKey }: NoteVerifier): string => `${name}+${keyId}+${toBase64(Buffer.concat([Buffer.of(TYPE_BYTE[type]), rawPublicKey(publicKey)]))}`;

/** Reads a verifier key. Throws `malformed`, also where the key id is another key's. */
export const decodeVerifier = (text: string): NoteVerifier => {
  const [name = '', keyId = '', ...rest] = text.split('+');
  const key = fromBase64(rest.join('+'), 'a verifier key');
  const type = (Object.keys(TYPE_BYTE) as SignatureType[]).find((candidate) => TYPE_BYTE[candidate] === key[0]);
  if (type === undefined || key.length !== 1 + KEY_BYTES) throw malformed('a verifier key is not an Ed25519 key');
  const verifier = noteVerifier(name, createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url', 1) } }), type);
  if (verifier.keyId !== keyId) throw malformed('a verifier key has the id of another key');
  return verifier;
};

/** What stands before a seed of 32 bytes in PKCS #8 (RFC 8410, section 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The signer of a seed of 32 bytes. */
export const noteSigner = (name: string, seed: Uint8Array, type: SignatureType = 'ed25519'): NoteSigner => {
  if (seed.length !== KEY_BYTES) throw malformed(`a seed has ${KEY_BYTES} bytes`);
  const privateKey = createPrivateKey({ format: 'der', type: 'pkcs8', key: Buffer.concat([PKCS8_ED25519, seed]) });
  return { ...noteVerifier(name, createPublicKey(privateKey), type), privateKey };
};

/** The seed of one log out of a master secret: no public key may serve two logs, nor two generations of one. */
export const logSeed = (master: Uint8Array, origin: string, generation: number): Buffer => Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `${origin}\n${generation}`, KEY_BYTES));

const timed = (text: string, time: bigint): string => `cosignature/v1\ntime ${time}\n${text}`;

const signatureBytes = ({ type, privateKey }: NoteSigner, text: string, time: number): Buffer => {
  if (type === 'ed25519') return sign(null, Buffer.from(text), privateKey);
  const prefix = Buffer.alloc(TIME_BYTES);
  prefix.writeBigUInt64BE(BigInt(time));
  return Buffer.concat([prefix, sign(null, Buffer.from(timed(text, BigInt(time))), privateKey)]);
};

const signatureLine = ({ name, keyId, bytes }: Signature): string => `— ${name} ${toBase64(Buffer.concat([Buffer.from(keyId, 'hex'), bytes]))}\n`;

export const encodeNote = ({ text, signatures }: Note): string => `${text}\n${signatures.map(signatureLine).join('')}`;

/** One signature of a text. `time` (seconds since 1970) is what a cosignature says; nothing else reads it. */
export const signatureOf = (signer: NoteSigner, text: string, time = 0): Signature => {
  if (!text.endsWith('\n')) throw malformed('the text of a note ends with a newline');
  return { name: signer.name, keyId: signer.keyId, bytes: signatureBytes(signer, text, time) };
};

export const signNote = (text: string, ...signers: readonly NoteSigner[]): string => encodeNote({ text, signatures: signers.map((signer) => signatureOf(signer, text)) });

const LINE = /^— (?<name>\S+) (?<base64>\S+)$/u;

/** Lines of signatures, each ended by a newline: what a witness answers, and how a note ends. Throws `malformed`. */
export const decodeSignatures = (lines: string): readonly Signature[] => {
  if (!lines.endsWith('\n')) throw malformed('signatures do not end with a newline');
  const found = lines.slice(0, -1).split('\n');
  if (found.length > MAX_SIGNATURES) throw malformed(`more than ${MAX_SIGNATURES} signatures`);
  return found.map((line) => {
    const { name = '', base64 = '' } = LINE.exec(line)?.groups ?? {};
    checkName(name);
    const bytes = fromBase64(base64, 'a signature');
    if (bytes.length <= 4) throw malformed('a signature is too short');
    return { name, keyId: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) };
  });
};

/** Reads a note without trusting any of it. Throws `malformed`. */
export const decodeNote = (bytes: Uint8Array): Note => {
  let note: string;
  try {
    note = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TlogFault('malformed', 'a note is not UTF-8', { cause });
  }
  // oxlint-disable-next-line no-control-regex -- a note must not have them
  if (/[\u0000-\u0009\u000b-\u001f]/u.test(note)) throw malformed('a note has control characters');
  const end = note.lastIndexOf('\n\n');
  if (end === -1) throw malformed('a note has no empty line before its signatures');
  return { text: note.slice(0, end + 1), signatures: decodeSignatures(note.slice(end + 2)) };
};

const isValid = ({ type, publicKey }: NoteVerifier, text: string, bytes: Buffer): boolean => {
  if (type === 'ed25519') return bytes.length === ED25519_BYTES && verify(null, Buffer.from(text), publicKey, bytes);
  return bytes.length === TIME_BYTES + ED25519_BYTES && verify(null, Buffer.from(timed(text, bytes.readBigUInt64BE())), publicKey, bytes.subarray(TIME_BYTES));
};

/**
 * The keys among `verifiers` that have signed a note, each once. Signatures of other keys are passed over;
 * one of a known key that does not verify throws `signature.invalid`.
 */
export const signersOf = ({ text, signatures }: Note, verifiers: readonly NoteVerifier[]): readonly NoteVerifier[] =>
  verifiers.filter((verifier) => {
    const own = signatures.filter(({ name, keyId }) => name === verifier.name && keyId === verifier.keyId);
    if (own.some(({ bytes }) => !isValid(verifier, text, bytes))) throw new TlogFault('signature.invalid', `the signature of ${verifier.name} does not verify`);
    return own.length > 0;
  });

/** The time of a cosignature, in seconds since 1970, as its witness says; the caller has verified it. */
export const cosignedAt = ({ bytes }: Signature): number => Number(bytes.readBigUInt64BE());
