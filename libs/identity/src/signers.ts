import { sign, type KeyObject } from 'node:crypto';
import type { KeyRing, Service, Signer } from '@countersign/contracts';
import type { KeyId } from '@countersign/kernel';
import { loadKeyFile } from './key-files.js';
import { keyIdOf, publicKeyOf, rawPublicKeyOf } from './keys.js';

/** Signs with a private key in memory. */
export const signerOf = (service: Service, privateKey: KeyObject): Signer => ({
  service,
  key: keyIdOf(rawPublicKeyOf(privateKey)),
  sign: (bytes) => sign(null, bytes, privateKey),
});

/** Signs with the key of a file; throws `KEY_INVALID`. */
export const fileSigner = (service: Service, path: string): Signer => signerOf(service, loadKeyFile(path));

/** Ring over announced keys: `find` gives the key as it stood at a record's timestamp (milliseconds). */
export const keyRing = (find: (key: KeyId, at: number) => { readonly service: Service; readonly publicKey: string } | undefined): KeyRing => ({
  find: (key, at) => {
    const known = find(key, at);
    return known && { service: known.service, publicKey: publicKeyOf(known.publicKey) };
  },
});
