import type { Owner } from '@countersign/contracts';
import { seconds, type Millis } from '@countersign/kernel';
import type { Broker, Membership, TopicPartition } from './broker.js';
import type { BusLog } from './bus-log.js';
import type { ControlsFollower } from './controls.js';
import type { DeadLetters } from './dead-letters.js';
import type { Snapshots } from './snapshots.js';
import type { BusStats } from './stats.js';
import type { Received, Step, WorkItem } from './step.js';
import type { Timers } from './timers.js';
import type { Wire } from './wire.js';
import type { WorkPool } from './work-pool.js';

/** A full fold of this many events takes about 100 ms; a snapshot costs two appends, and more where the state is large: then there are fewer. */
export const SNAPSHOT_EVERY = 5_000;
/** Larger batches save nothing more, and their inputs wait longer for the first of them. */
export const MAX_BATCH_EVENTS = 256;
/** With one unit of `MAX_UNIT_BYTES` on top it still fits into Kafka's 1 MiB. */
export const FULL_BATCH_BYTES = 448 * 1024;
/** A deadline whose handling failed is looked at again after this, not at once. */
export const DUE_RETRY = seconds(30);

/** What all partitions of one owner service share. */
export interface OwnerContext<State, Controls, Work extends WorkItem, Result> {
  readonly step: Step<State, Controls, Work, Result>;
  readonly service: Owner;
  readonly broker: Broker;
  readonly wire: Wire;
  readonly controls: ControlsFollower<Controls>;
  readonly deadLetters: DeadLetters;
  readonly snapshots: Pick<Snapshots, 'load' | 'save'>;
  readonly pool: WorkPool;
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
  readonly group: string;
  readonly instance: string;
  /** How many partitions the topics of the namespace have. */
  readonly partitions: number;
  /** Topics without their namespace. */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly sessionTimeout: Millis;
  readonly snapshotEvery: number;
  /** Owners claim again this often, so that a reader of a log that was cut off at its start finds a claim. */
  readonly claimEvery: Millis | undefined;
  /** Kafka name of a topic without its namespace. */
  readonly target: (local: string, partition: number) => TopicPartition;
  /** Resolves when the group was joined. */
  readonly membership: Promise<Membership>;
  /** Trace context for what is written because of an input. */
  readonly traceparent: (received: Received) => string | undefined;
  /** A partition has something to commit. */
  readonly onDirty: () => void;
  readonly onFatal: (fault: unknown) => void;
}
