import type { Millis } from '@countersign/kernel';
import type { Broker, Committed, Follower, JoinOptions, LogRecord, Membership, NewRecord, TopicPartition } from '../broker.js';
import { unreachable, type MemoryCluster, type RequestKind } from './memory-cluster.js';
import { MemoryFetch } from './memory-fetch.js';
import { MemoryMember } from './memory-member.js';
import type { MemoryProcess } from './memory-process.js';

/** Records of one answer to a fetch or read. */
const MOST = 200;

/** The client of one process. */
export class MemoryBroker implements Broker {
  private readonly members = new Set<MemoryMember>();
  private readonly fetches = new Set<MemoryFetch>();
  /** When the last append on its way to a partition arrives: the next one does not overtake it. */
  private readonly arrivals = new Map<string, number>();

  constructor(
    readonly cluster: MemoryCluster,
    readonly process: MemoryProcess,
  ) {}

  append(target: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    const { cluster, process } = this;
    const { conductor } = cluster;
    const fault = cluster.faults.append?.(target, process.name, records);
    const appendNow = (): number => cluster.log.append(target, records, conductor.now());
    if (fault?.kind === 'delayed') {
      conductor.after(fault.by, () => void (cluster.isUp && appendNow()));
      return this.request('append', () => Promise.reject(unreachable()));
    }
    const act = (): Promise<number> => {
      if (fault?.kind === 'refused') return Promise.reject(unreachable());
      if (fault?.kind === 'twice') appendNow();
      const base = appendNow();
      return fault?.kind === 'lost-ack' ? Promise.reject(unreachable()) : Promise.resolve(base);
    };
    return this.request('append', act, this.arrival(target, fault?.kind === 'slow' ? fault.by : conductor.latency()));
  }

  async join(options: JoinOptions): Promise<Membership> {
    for (const topic of options.topics) await this.request('offsets', () => Promise.resolve(this.cluster.log.partitions(topic)));
    const member = new MemoryMember(this, options);
    this.members.add(member);
    await member.join();
    return member;
  }

  async read(target: TopicPartition, from: number, to: number, onRecords: (records: readonly LogRecord[]) => void | Promise<void>): Promise<void> {
    for (let next = from; next < to; ) {
      const found = await this.request('read', () => Promise.resolve(this.cluster.log.read(target, next, MOST)));
      const records = found.records.filter(({ offset }) => offset < to);
      if (records.length > 0) await onRecords(records);
      if (found.next === next) await this.more(target, next);
      ({ next } = found);
    }
  }

  offsets(target: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return this.request('offsets', () => Promise.resolve(this.cluster.log.offsets(target)));
  }

  offsetAt(target: TopicPartition, time: number): Promise<number> {
    return this.request('offsets', () => Promise.resolve(this.cluster.log.offsetAt(target, time)));
  }

  async follow(target: TopicPartition, from: number, follower: Follower): Promise<{ close(): Promise<void> }> {
    await this.request('offsets', () => Promise.resolve(this.cluster.log.slice(target, from, 0)));
    const fetch = new MemoryFetch(this, target, from, {
      onRecords: (records) => (records.length > 0 ? follower.onRecords(records) : undefined),
      onEnd: (end, askedAt) => follower.onEnd(end, askedAt),
      onFault: (fault) => follower.onFault(fault),
    });
    this.fetches.add(fetch);
    fetch.resume();
    return {
      close: () => {
        fetch.close();
        this.fetches.delete(fetch);
        return Promise.resolve();
      },
    };
  }

  committed(group: string, targets: readonly TopicPartition[]): Promise<readonly Committed[]> {
    return this.request('committed', () => Promise.resolve(this.cluster.groups.committed(group, targets)));
  }

  async close(): Promise<void> {
    for (const fetch of this.fetches) fetch.close();
    await Promise.all([...this.members].map((member) => member.leave()));
  }

  forget(member: MemoryMember): void {
    this.members.delete(member);
  }

  /** Sends a request: it arrives after `way`, and the answer takes its own way back. */
  request<Answer>(kind: RequestKind, act: () => Promise<Answer>, way: Millis = this.cluster.conductor.latency()): Promise<Answer> {
    const { cluster, process } = this;
    const { conductor } = cluster;
    return new Promise((resolve, reject) => {
      const answer = (run: () => void): void =>
        void conductor.after(conductor.latency(), () => {
          cluster.faults.answer?.(process.name, kind);
          process.reach(run);
        });
      const arrive = async (): Promise<void> => {
        try {
          if (!cluster.isUp) throw unreachable();
          const found = await act();
          answer(() => resolve(found));
        } catch (fault) {
          answer(() => reject(fault));
        }
      };
      conductor.after(way, () => void arrive());
    });
  }

  private more(target: TopicPartition, next: number): Promise<void> {
    if (this.cluster.log.offsets(target).end > next) return Promise.resolve();
    return new Promise((resolve) => {
      const off = this.cluster.log.watch(target, () => {
        off();
        this.process.reach(resolve);
      });
    });
  }

  private arrival({ topic, partition }: TopicPartition, way: Millis): Millis {
    const now = this.cluster.conductor.elapsed();
    const at = Math.max(now + way, this.arrivals.get(`${topic}/${partition}`) ?? 0);
    this.arrivals.set(`${topic}/${partition}`, at);
    return (at - now) as Millis;
  }
}

