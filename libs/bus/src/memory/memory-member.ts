import { codeOf, CountersignError, millis } from '@countersign/kernel';
import type { Committed, JoinOptions, Membership, TopicPartition } from '../broker.js';
import { later, NEVER, type Elapsed } from '../steady-clock.js';
import type { MemoryBroker } from './memory-broker.js';
import type { RequestKind } from './memory-cluster.js';
import { MemoryFetch } from './memory-fetch.js';
import type { Joined } from './memory-groups.js';

/** Heartbeats in a session: three may be lost. */
const BEATS = 4;
const AGAIN = millis(200);

/** A member of a consumer group: joins, fetches what it is assigned, and joins again whenever it is told to. */
export class MemoryMember implements Membership {
  memberId = '';
  private generation = -1;
  private owned: readonly number[] = [];
  private beatAt = NEVER;
  private left = false;
  private joining: Promise<void> | undefined;
  private fetches = new Map<string, MemoryFetch>();
  /** Deliveries of former assignments that still run: there is never more than one for a topic partition. */
  private readonly deliveries = new Map<string, Promise<void>>();

  constructor(
    private readonly broker: MemoryBroker,
    private readonly options: JoinOptions,
  ) {}

  /** Joins the group; resolves once the assignment was handed over. */
  join(): Promise<void> {
    this.joining ??= this.joinOnce().finally(() => (this.joining = undefined));
    return this.joining;
  }

  pause(targets: readonly TopicPartition[]): void {
    for (const target of targets) this.fetches.get(nameOf(target))?.pause();
  }

  resume(targets: readonly TopicPartition[]): void {
    for (const target of targets) this.fetches.get(nameOf(target))?.resume();
  }

  seek(target: TopicPartition, offset: number): void {
    this.fetches.get(nameOf(target))?.seek(offset);
  }

  async commit(positions: readonly Committed[]): Promise<void> {
    const { memberId, generation } = this;
    await this.ask('commit', () => this.broker.cluster.groups.commit(this.options.group, memberId, generation, positions));
  }

  async heartbeat(): Promise<void> {
    const { memberId, generation } = this;
    const at = this.broker.process.timers.elapsed();
    try {
      const found = await this.ask('heartbeat', () => this.broker.cluster.groups.heartbeat(this.options.group, memberId, generation));
      if (found === 'rebalancing') throw new CountersignError('OWNERSHIP_LOST', 'the group rebalances');
    } catch (fault) {
      // A fault that comes late is about a generation that is over: there is a new one already.
      if (codeOf(fault) === 'OWNERSHIP_LOST' && generation === this.generation) void this.join();
      throw fault;
    }
    if (generation === this.generation) this.beatAt = later(this.beatAt, at);
  }

  lastHeartbeat(): Elapsed {
    return this.beatAt;
  }

  async leave(): Promise<void> {
    if (this.left) return;
    this.left = true;
    this.stopFetching();
    this.broker.forget(this);
    const { memberId } = this;
    try {
      await this.broker.request('leave', () => Promise.resolve(this.broker.cluster.groups.leave(this.options.group, memberId)));
    } catch {
      // The session ends by itself.
    }
  }

  private async joinOnce(): Promise<void> {
    this.stopFetching();
    const { cluster, process } = this.broker;
    const { group, topics, sessionTimeout } = this.options;
    for (; !this.left; ) {
      const at = process.timers.elapsed();
      try {
        const joined = await this.broker.request(
          'join',
          () =>
            new Promise<Joined>((answer) => {
              const isMember = cluster.groups.isMember(group, this.memberId);
              const memberId = isMember ? this.memberId : cluster.groups.newMemberId(process.name);
              // Who was put out may find others in its place.
              cluster.groups.join(group, { memberId, topics, sessionTimeout, owned: isMember ? this.owned : [], answer });
            }),
        );
        if (this.left) return cluster.groups.leave(group, joined.memberId);
        this.begin(joined, at);
        return;
      } catch {
        await new Promise<void>((resolve) => void process.timers.after(AGAIN, resolve));
      }
    }
  }

  private begin({ memberId, generation, partitions }: Joined, at: Elapsed): void {
    this.memberId = memberId;
    this.generation = generation;
    this.owned = partitions;
    this.beatAt = at;
    const { log, groups } = this.broker.cluster;
    const targets = this.options.topics.flatMap((topic) => partitions.filter((partition) => partition < log.partitions(topic)).map((partition) => ({ topic, partition })));
    const committed = groups.committed(this.options.group, targets);
    for (const target of targets) {
      const start = committed.find(({ topic, partition }) => topic === target.topic && partition === target.partition)?.offset;
      this.fetches.set(nameOf(target), this.fetchOf(target, start ?? log.offsets(target).start));
    }
    this.options.onAssigned(partitions);
    this.beat(generation);
  }

  private fetchOf(target: TopicPartition, from: number): MemoryFetch {
    const { cluster, process } = this.broker;
    return new MemoryFetch(this.broker, target, from, {
      onRecords: async (records, extent) => {
        await this.deliveries.get(nameOf(target));
        const delivery = Promise.resolve(this.options.onRecords(target, records, extent));
        this.deliveries.set(nameOf(target), delivery.catch(() => undefined));
        await delivery;
      },
      onFault: (fault) => this.options.onCrash(fault),
      redeliver: () => cluster.faults.redeliver?.(target, process.name) ?? 0,
    });
  }

  private stopFetching(): void {
    for (const fetch of this.fetches.values()) fetch.close();
    this.fetches = new Map();
  }

  /** Keeps the session alive for as long as the generation lasts. */
  private beat(generation: number): void {
    const { process, cluster } = this.broker;
    const pause = millis(Math.min(this.options.sessionTimeout / BEATS, cluster.longestBeat));
    process.timers.after(pause, () => {
      if (this.left || generation !== this.generation || this.joining) return;
      void this.heartbeat()
        .catch(() => undefined)
        .then(() => this.beat(generation));
    });
  }

  private ask<Answer>(kind: RequestKind, act: () => Answer): Promise<Answer> {
    if (this.left) return Promise.reject(new CountersignError('OWNERSHIP_LOST', 'this member has left'));
    return this.broker.request(kind, () => Promise.resolve(act()));
  }
}

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
