import { CountersignError, millis, type Millis } from '@countersign/kernel';
import type { NewRecord, TopicPartition } from '../broker.js';
import type { Conductor } from './conductor.js';
import { MemoryGroups } from './memory-groups.js';
import { MemoryLog } from './memory-log.js';

/**
 * What becomes of an append: `lost-ack`: it is there, the answer is a fault. `delayed`: the answer is a fault, it arrives later.
 * `refused`: it never arrives. `twice`: the client sent it again and was told of the second. `slow`: all is well, and takes long.
 */
export type AppendFault =
  | { readonly kind: 'lost-ack' | 'refused' | 'twice' }
  | { readonly kind: 'delayed' | 'slow'; readonly by: Millis };

export type RequestKind = 'append' | 'read' | 'offsets' | 'committed' | 'fetch' | 'join' | 'heartbeat' | 'commit' | 'leave';

export interface Faults {
  /** Asked for each append. */
  append?(target: TopicPartition, process: string, records: readonly NewRecord[]): AppendFault | undefined;
  /** Told when an answer reaches a process, before that goes on with it. */
  answer?(process: string, kind: RequestKind): void;
  /** Asked for each delivery to a group member: how many records before it to hand over once more. */
  redeliver?(target: TopicPartition, process: string): number;
}

/** Longer than any fetch waits for records: an empty log is confirmed to be so twice a second. */
export const FETCH_WAIT = millis(400);

export const unreachable = (): CountersignError => new CountersignError('BROKER_UNREACHABLE', 'the broker does not answer', { retry: 'later' });

/** Members hear of a rebalance with their next heartbeat: tests should not wait long for it. */
const LONGEST_BEAT = millis(200);

export interface ClusterOptions {
  readonly faults?: Faults;
  /** Members send a heartbeat this often, or four times in a session if that is more often. */
  readonly longestBeat?: Millis;
}

/** A Kafka cluster in memory, for any number of processes. */
export class MemoryCluster {
  readonly log = new MemoryLog();
  readonly groups: MemoryGroups;
  private up = true;

  readonly faults: Faults;
  readonly longestBeat: Millis;

  constructor(
    readonly conductor: Conductor,
    { faults = {}, longestBeat = LONGEST_BEAT }: ClusterOptions = {},
  ) {
    this.faults = faults;
    this.longestBeat = longestBeat;
    this.groups = new MemoryGroups(conductor, (topic) => this.log.partitions(topic));
  }

  get isUp(): boolean {
    return this.up;
  }

  /** Answers nothing for a while. What is in the log stays. */
  restart(after: Millis): void {
    this.up = false;
    this.conductor.after(after, () => {
      this.up = true;
      this.groups.refreshSessions();
    });
  }
}
