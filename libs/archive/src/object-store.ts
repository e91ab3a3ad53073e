import type { Instant } from '@countersign/kernel';

/** Until when nobody may remove an object. `COMPLIANCE` binds even the owner of the bucket; `GOVERNANCE` whoever has no right to bypass it. */
export interface Lock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly until: Instant;
}

/** A key of the store and what became of it: an immutable object has one version and was not deleted. */
export interface ObjectHistory {
  readonly path: string;
  readonly versions: number;
  readonly isDeleted: boolean;
}

/**
 * Where the archive is kept. Paths are relative, with `/` between their parts. One conformance suite runs on every driver
 * (`libs/testing`). Every method fails with a `CountersignError`: `ARCHIVE_UNREACHABLE`, retry `later`, where the store may come back,
 * else `ARCHIVE_REFUSED`.
 */
export interface ObjectStore {
  /** The newest bytes; `undefined` where there are none. */
  get(path: string): Promise<Buffer | undefined>;
  /** Writes an object unless there is one, and says whether it did. Durable when it resolves; of many at once one wins. */
  create(path: string, bytes: Uint8Array, lock?: Lock): Promise<boolean>;
  /** Writes an object over whatever is there: for pointers, which are never locked. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Paths that begin with a prefix, in the order of their bytes. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes an object for good, if it is there; throws `ARCHIVE_LOCKED` while its lock holds. */
  remove(path: string): Promise<void>;
  /** What was done to keys over time; drivers without versions give one version a key. */
  history(prefix: string): AsyncIterable<ObjectHistory>;
  /** Whether the store can keep what it is given; throws `ARCHIVE_UNSUITABLE` with what is missing. */
  check(): Promise<void>;
  close(): void;
}

/** What reading needs. Without `list`, as over HTTPS, only what checkpoints name can be found. */
export type ReadableStore = Pick<ObjectStore, 'get'> & Partial<Pick<ObjectStore, 'list' | 'history'>>;
