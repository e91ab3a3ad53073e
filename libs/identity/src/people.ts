import { CountersignError, type Principal } from '@countersign/kernel';
import { parseJws } from './jws.js';
import { keyIdOf, publicKeyOf } from './keys.js';

export interface Person {
  readonly subject: Principal;
  /** Raw Ed25519 public key, base64url. */
  readonly publicKey: string;
}

/** More signatures than this are nobody's quorum. */
const MAX_SIGNATURES = 32;

/**
 * Who of the people signed the bytes, each once, in the order of the signatures (`cs-jws`: space-separated detached JWS).
 * One bad signature spoils the record. Throws `SIGNATURE_MISSING`, `SIGNATURE_INVALID`, `SIGNER_UNKNOWN`.
 */
export const verifyPersons = (bytes: Uint8Array, header: Uint8Array | string | undefined, people: readonly Person[]): Principal[] => {
  const text = header === undefined ? '' : Buffer.from(header).toString('latin1');
  if (text === '') throw new CountersignError('SIGNATURE_MISSING', 'no person signed');
  const parts = text.split(' ');
  if (parts.length > MAX_SIGNATURES) throw new CountersignError('SIGNATURE_INVALID', `more than ${MAX_SIGNATURES} signatures`);
  const signers = new Set<Principal>();
  for (const part of parts) {
    const jws = parseJws(part);
    if (!jws) throw new CountersignError('SIGNATURE_INVALID', 'a signature is no detached JWS with EdDSA');
    const person = people.find(({ publicKey }) => keyIdOf(publicKey) === jws.key);
    if (!person) throw new CountersignError('SIGNER_UNKNOWN', `key \`${jws.key}\` is nobody's here`);
    if (!jws.covers(bytes, publicKeyOf(person.publicKey))) throw new CountersignError('SIGNATURE_INVALID', 'a signature does not cover the bytes');
    signers.add(person.subject);
  }
  return [...signers];
};

/** Who has signed the bytes, alone. Throws what `verifyPersons` throws, and `SIGNATURE_INVALID` with `message` where several have. */
export const signerAlone = (bytes: Uint8Array, header: Uint8Array | string | undefined, people: readonly Person[], message: string): Principal => {
  const [signer] = verifyPersons(bytes, header, people);
  if (signer === undefined || String(header).includes(' ')) throw new CountersignError('SIGNATURE_INVALID', message);
  return signer;
};
