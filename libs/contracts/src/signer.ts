import type { KeyObject } from 'node:crypto';
import type { KeyId } from '@countersign/kernel';
import type { Service } from './flow.js';

/** Signs what this process writes. */
export interface Signer {
  readonly service: Service;
  readonly key: KeyId;
  sign(bytes: Uint8Array): Buffer;
}

/** The announced keys of services. */
export interface KeyRing {
  /** `at` is the timestamp of the record in milliseconds: a key that was retired before signs nothing. The same key gives the same object. */
  find(key: KeyId, at: number): { readonly service: Service; readonly publicKey: KeyObject } | undefined;
}
