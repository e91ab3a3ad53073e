import type { Instant } from '@countersign/kernel';
import type { BlobRef } from './values/parts.js';

/** Large payloads beside the log. An event carries the reference; the hash in it is the address and the proof. */
export interface BlobStore {
  /** Keeps the bytes; they are durable when this resolves. The same bytes are kept once. Throws `INTERNAL`, retry `later`. */
  put(bytes: Uint8Array, mediaType: string): Promise<BlobRef>;
  /** The bytes of a reference; throws `BLOB_MISSING` where they are not there, or are not what the reference says. */
  get(ref: Pick<BlobRef, 'sha256' | 'size'>): Promise<Buffer>;
  /** Removes what was written before, for good; gives how many there were. Throws `INTERNAL`, retry `later`. */
  removeBefore(time: Instant): Promise<number>;
}
