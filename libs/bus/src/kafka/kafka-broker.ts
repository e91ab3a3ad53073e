import { CountersignError, millis } from '@countersign/kernel';
import type { Broker, Committed, Follower, JoinOptions, LogRecord, Membership, NewRecord, TopicPartition } from '../broker.js';
import { Cluster, PATIENCE } from './cluster.js';
import { persist } from './faults.js';
import { Fetcher } from './fetcher.js';
import type { KafkaOptions } from './kafka-options.js';
import { KafkaMembership } from './membership.js';
import { committedOffsets, listOffset, timeOffset } from './offsets.js';
import { Producer } from './producer.js';
import { readRange } from './read-range.js';
import { Connections } from './connections.js';

/** A follower's end is confirmed at least twice a second; the executor asks for a confirmation that is younger than a second. */
const FOLLOW_WAIT = millis(250);
/** What is read to a known end is there already. */
const READ_WAIT = millis(100);

/** The `Broker` port on Apache Kafka 2.3 and newer. */
export class KafkaBroker implements Broker {
  readonly #connections: Connections;
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #reader: Fetcher;
  readonly #follower: Fetcher;
  readonly #memberships = new Set<KafkaMembership>();

  constructor(options: KafkaOptions) {
    this.#connections = new Connections(options);
    this.#cluster = new Cluster(this.#connections);
    this.#producer = new Producer(this.#cluster);
    this.#reader = new Fetcher(this.#cluster, 'read', READ_WAIT);
    this.#follower = new Fetcher(this.#cluster, 'follow', FOLLOW_WAIT);
  }

  append(target: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    return this.#producer.append(target, records);
  }

  async join(options: JoinOptions): Promise<Membership> {
    const membership = new KafkaMembership(this.#cluster, options);
    this.#memberships.add(membership);
    try {
      await membership.start();
    } catch (fault) {
      this.#memberships.delete(membership);
      await membership.leave();
      throw fault;
    }
    return membership;
  }

  async read(target: TopicPartition, from: number, to: number, onRecords: (records: readonly LogRecord[]) => void | Promise<void>): Promise<void> {
    if (from >= to) return;
    const { start } = await this.offsets(target);
    if (from < start) throw new CountersignError('LOG_TRUNCATED', `\`${target.topic}/${target.partition}\` starts at ${start}, after ${from}`);
    await readRange(this.#reader, target, from, to, onRecords);
  }

  offsets(target: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return persist(PATIENCE, async () => {
      const [start, end] = await Promise.all([listOffset(this.#cluster, target, 'start'), listOffset(this.#cluster, target, 'end')]);
      return { start, end };
    });
  }

  offsetAt(target: TopicPartition, time: number): Promise<number> {
    return persist(PATIENCE, () => timeOffset(this.#cluster, target, time));
  }

  async follow(target: TopicPartition, from: number, follower: Follower): Promise<{ close(): Promise<void> }> {
    const { start } = await this.offsets(target);
    if (from < start) throw new CountersignError('LOG_TRUNCATED', `\`${target.topic}/${target.partition}\` starts at ${start}, after ${from}`);
    const flow = this.#follower.add(
      target,
      {
        onRecords: (records) => (records.length > 0 ? follower.onRecords(records) : undefined),
        onEnd: (end, askedAt) => follower.onEnd(end, askedAt),
        onFault: (fault) => follower.onFault(fault),
      },
      from,
    );
    return {
      close: () => {
        this.#follower.remove(flow);
        return Promise.resolve();
      },
    };
  }

  committed(group: string, targets: readonly TopicPartition[]): Promise<readonly Committed[]> {
    return persist(PATIENCE, () => committedOffsets(this.#cluster, group, targets));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#memberships].map((membership) => membership.leave()));
    this.#producer.close();
    this.#reader.close();
    this.#follower.close();
    await this.#connections.close();
  }
}
