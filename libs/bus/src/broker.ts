import type { Millis } from '@countersign/kernel';
import type { Elapsed } from './steady-clock.js';

/** One record as Kafka keeps it; bytes are never re-serialised. `topic` is the full Kafka name. */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka's timestamp, milliseconds. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface NewRecord {
  /** When it was written, in milliseconds; now unless given. Topics as they are made for use take the broker's own time and ask for nobody's. */
  readonly timestamp?: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string>>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets from `from` up to and without `next`. */
export interface Extent {
  readonly from: number;
  readonly next: number;
}

export interface Committed extends TopicPartition {
  /** Next offset to read. */
  readonly offset: number;
  readonly metadata: string;
}

/**
 * What the rules of the bus need of a broker. Two adapters: Kafka and in memory; one suite of tests runs on both.
 * Every method fails with a `CountersignError`; `retry: 'later'` where the broker may come back.
 */
export interface Broker {
  /**
   * Appends records as one batch to one partition, with acks from all replicas, and gives the offset of the first.
   * The outcome of a failed append is unknown: the records may be there, or may still arrive.
   */
  append(target: TopicPartition, records: readonly NewRecord[]): Promise<number>;
  /** Joins a consumer group; resolves once the first assignment has been handed to `onAssigned`. */
  join(options: JoinOptions): Promise<Membership>;
  /** Reads one partition from `from` up to and without `to`, in order; fails with `LOG_TRUNCATED` where `from` is before the log's start. */
  read(target: TopicPartition, from: number, to: number, onRecords: (records: readonly LogRecord[]) => void | Promise<void>): Promise<void>;
  /** First and next offset of a partition. */
  offsets(target: TopicPartition): Promise<{ readonly start: number; readonly end: number }>;
  /** First offset whose record Kafka stamped at or after a time, in milliseconds; the next offset of the partition where there is none. */
  offsetAt(target: TopicPartition, time: number): Promise<number>;
  /** Follows one partition from an offset for as long as `close` is not called, outside of any shared group (controls, tail). */
  follow(target: TopicPartition, from: number, follower: Follower): Promise<{ close(): Promise<void> }>;
  /** What a group has committed, metadata included. */
  committed(group: string, targets: readonly TopicPartition[]): Promise<readonly Committed[]>;
  close(): Promise<void>;
}

export interface Follower {
  onRecords(records: readonly LogRecord[]): void | Promise<void>;
  /** A fetch that began at `askedAt` (`Timers.elapsed`) showed that nothing lies at or after `end`; all that lies before was handed over, though the last offsets may hold nothing. */
  onEnd(end: number, askedAt: Elapsed): void;
  /**
   * Nothing comes any more, and nothing will: the broker refuses for good (`LOG_TRUNCATED`, a right that was revoked). Whoever lives
   * on what is followed has to end.
   */
  onFault(fault: unknown): void;
}

export interface JoinOptions {
  readonly group: string;
  /** Full Kafka names. Co-partitioned ones are assigned together: partition p of all of them to the same member. */
  readonly topics: readonly string[];
  readonly sessionTimeout: Millis;
  /**
   * Nobody waits for what this member makes of the records: after a fetch that brought some the next one may wait this long, so that
   * it brings more. What lies in the log already is read without a pause. None unless given.
   */
  readonly linger?: Millis;
  /**
   * After every join of the group (also when nothing changed): the partition numbers that this member has now.
   * Fetching of all of them is paused until `resume`.
   */
  onAssigned(partitions: readonly number[]): void;
  /**
   * All that one topic partition holds in an extent, in order, never two calls for one topic partition at a time. There may be less than an
   * offset a record, and none at all: markers of transactions, and what was aborted or compacted away, take offsets and are not handed over.
   * Whoever gets an extent that does not begin where the last one ended has missed records. The broker fetches on as soon as it returns.
   */
  onRecords(target: TopicPartition, records: readonly LogRecord[], extent: Extent): void | Promise<void>;
  /** The consumer stopped for good: the process has to end. */
  onCrash(fault: unknown): void;
}

export interface Membership {
  /** Id that the group gave this member in its current generation. */
  readonly memberId: string;
  pause(targets: readonly TopicPartition[]): void;
  resume(targets: readonly TopicPartition[]): void;
  /** Goes on reading at an offset; what was fetched before and not yet handed over is dropped. */
  seek(target: TopicPartition, offset: number): void;
  /** Commits next offsets to read; refused by the broker where the member's generation is over. */
  commit(positions: readonly Committed[]): Promise<void>;
  /** Asks the broker whether this process still is a member; throws `OWNERSHIP_LOST` where it is not. */
  heartbeat(): Promise<void>;
  /** When the last heartbeat began that the broker accepted (`Timers.elapsed`). */
  lastHeartbeat(): Elapsed;
  leave(): Promise<void>;
}

export type { KeyRing, Signer } from '@countersign/contracts';
