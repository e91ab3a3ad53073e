import type { Committed, Extent, JoinOptions, LogRecord, Membership, TopicPartition } from '../broker.js';
import { millis } from '@countersign/kernel';
import type { Elapsed } from '../steady-clock.js';
import type { Cluster } from './cluster.js';
import { persist } from './faults.js';
import { Fetcher } from './fetcher.js';
import type { Flow } from './flow.js';
import { GroupMember } from './group-member.js';
import { sharedPartitionCount } from './group-protocol.js';
import { committedOffsets, listOffset } from './offsets.js';

/** Nothing is lost by a long wait, for what becomes readable meanwhile is asked for at once; a short one costs idle time. */
const FETCH_WAIT = millis(500);
/** For as long as the process lives. */
const FOREVER = millis(Infinity);

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** A place in a group: what it was given, how far each partition was read, and what is paused. */
export class KafkaMembership implements Membership {
  readonly #fetcher: Fetcher;
  readonly #member: GroupMember;
  readonly #flows = new Map<string, Flow>();
  /** Calls of `onRecords` that have not come back; an assignment that follows waits for those of the one before. */
  readonly #calls = new Map<string, Promise<void>>();
  #over = false;

  constructor(
    readonly cluster: Cluster,
    readonly options: JoinOptions,
  ) {
    this.#fetcher = new Fetcher(cluster, `${options.group}.fetch`, FETCH_WAIT, options.linger);
    this.#member = new GroupMember(cluster, {
      group: options.group,
      topics: options.topics,
      sessionTimeout: options.sessionTimeout,
      onJoined: (partitions) => this.#assigned(partitions),
      onFault: (fault) => this.#crash(fault),
    });
  }

  get memberId(): string {
    return this.#member.memberId;
  }

  async start(): Promise<void> {
    // Before the join, so that a missing topic fails here and not in the leader of the group.
    await sharedPartitionCount(this.cluster, this.options.topics);
    await this.#member.start();
  }

  pause(targets: readonly TopicPartition[]): void {
    for (const flow of this.#some(targets)) this.#fetcher.pause(flow);
  }

  resume(targets: readonly TopicPartition[]): void {
    for (const flow of this.#some(targets)) this.#fetcher.resume(flow);
  }

  seek(target: TopicPartition, offset: number): void {
    for (const flow of this.#some([target])) this.#fetcher.seek(flow, offset);
  }

  commit(positions: readonly Committed[]): Promise<void> {
    return this.#member.commit(positions);
  }

  heartbeat(): Promise<void> {
    return this.#member.heartbeat();
  }

  lastHeartbeat(): Elapsed {
    return this.#member.lastHeartbeat;
  }

  async leave(): Promise<void> {
    this.#stop();
    await this.#member.leave();
  }

  #some(targets: readonly TopicPartition[]): readonly Flow[] {
    return targets.map((target) => this.#flows.get(keyOf(target))).filter((flow) => flow !== undefined);
  }

  #assigned(partitions: readonly number[]): void {
    if (this.#over) return;
    for (const flow of this.#flows.values()) this.#fetcher.remove(flow);
    this.#flows.clear();
    for (const topic of this.options.topics) {
      for (const partition of partitions) {
        const target = { topic, partition };
        const sink = { onRecords: (records: readonly LogRecord[], extent: Extent) => this.#handOver(target, records, extent), onFault: (fault: unknown) => this.#crash(fault) };
        this.#flows.set(keyOf(target), this.#fetcher.add(target, sink, undefined, true));
      }
    }
    void this.#findPositions([...this.#flows.values()]);
    this.options.onAssigned(partitions);
  }

  /** Where the group was: what it committed, else the start of the log. A seek meanwhile knows better. */
  async #findPositions(flows: readonly Flow[]): Promise<void> {
    const current = (): boolean => flows.some((flow) => !flow.closed && flow.position === undefined);
    try {
      await persist(FOREVER, async () => {
        if (flows.length === 0 || !current()) return;
        const committed = new Map((await committedOffsets(this.cluster, this.options.group, flows)).map((found) => [keyOf(found), found.offset]));
        await Promise.all(
          flows.map(async (flow) => {
            if (flow.closed || flow.position !== undefined) return;
            const position = committed.get(keyOf(flow)) ?? (await listOffset(this.cluster, flow, 'start'));
            if (!flow.closed && flow.position === undefined) this.#fetcher.seek(flow, position);
          }),
        );
      });
    } catch (fault) {
      if (current()) this.#crash(fault);
    }
  }

  #handOver(target: TopicPartition, records: readonly LogRecord[], extent: Extent): void | Promise<void> {
    const key = keyOf(target);
    const before = this.#calls.get(key);
    const taking = before ? before.then(() => this.options.onRecords(target, records, extent)) : this.options.onRecords(target, records, extent);
    if (taking === undefined) return;
    const settled = taking.catch(() => undefined).finally(() => {
      if (this.#calls.get(key) === settled) this.#calls.delete(key);
    });
    this.#calls.set(key, settled);
    return taking;
  }

  #stop(): void {
    this.#over = true;
    this.#fetcher.close();
    this.#flows.clear();
  }

  #crash(fault: unknown): void {
    if (this.#over) return;
    this.#stop();
    // Others need not wait for the session to end.
    void this.#member.leave();
    this.options.onCrash(fault);
  }
}
