import type { Event } from '@countersign/contracts';
import type { ErrorCode, Sha256 } from '@countersign/kernel';
import type { Place } from './tables.js';

/** A record that passed every check of the reader. */
export interface ProjectedRecord extends Place {
  /** Kafka's timestamp, milliseconds. */
  readonly timestamp: number;
  readonly sha256: Sha256;
  /** The record's bytes and what they say; absent for what upstream systems sent. */
  readonly known?: { readonly value: Buffer; readonly event: Event };
}

/** A record that failed a check. */
export interface RejectedRecord extends Place {
  readonly timestamp: number;
  /** Absent where the record has no value. */
  readonly sha256?: Sha256;
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Everything that was read of one topic partition from `from` up to and without `next`. A record from before `from` is one that
 * a person wants taken in after all.
 */
export interface ProjectionBatch {
  /** Topic without its namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  /** Kept beside the position: what the reader has to know to go on at `next`. */
  readonly reader: string;
  readonly records: readonly ProjectedRecord[];
  readonly rejected: readonly RejectedRecord[];
}
