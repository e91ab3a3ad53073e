import { localName } from '@countersign/contracts';
import { codeOf, seconds, type Millis } from '@countersign/kernel';
import { sleep } from './backoff.js';
import type { Broker, Extent, LogRecord, Membership } from './broker.js';
import type { BusLog } from './bus-log.js';
import { Committer } from './committer.js';
import type { ControlsChange, ControlsFollower } from './controls.js';
import type { BusStats } from './stats.js';
import type { Timers } from './timers.js';
import type { Settled } from './topic-queue.js';

/** Kafka's own default is 45 s; a killed process should be missed for less. */
export const DEFAULT_SESSION_TIMEOUT = seconds(10);
/** A tool call under way may end; what takes longer is taken up by the next owner. */
export const DEFAULT_GRACE = seconds(10);

/** Committing, a snapshot and leaving take a few round trips. */
const FAREWELL = seconds(5);

/**
 * `restoring`: finds out where to go on. `ready`: handles. `lost`: is no member, waits for the next assignment. `leaving`:
 * takes nothing new, finishes what runs. `ended`: for good.
 */
export type Phase = 'restoring' | 'ready' | 'lost' | 'leaving' | 'ended';

/** Whoever handles one assigned partition number, of all topics. */
export interface PartitionRunner {
  readonly partition: number;
  readonly phase: Phase;
  /** Resolves when the partition is given up for good. Never rejects. */
  run(): Promise<void>;
  /** The group assigned the partition again: the broker's positions are as they were committed. */
  reassign(): void;
  /** The partition is somebody else's, or there is no time left. */
  end(): void;
  /** Takes nothing new; `run` resolves when what runs is finished. */
  leave(): void;
  /** All that an extent of an input holds. */
  push(local: string, records: readonly LogRecord[], extent: Extent): void;
  controlsChanged(change: ControlsChange): void;
  /** What is settled and not committed; nothing while it is unclear whether that still holds. */
  uncommitted(): readonly Settled[];
  /** Called after the last commit, before the group is left. */
  handOver(): Promise<void>;
}

export interface PartitionGroupOptions<Runner> {
  readonly broker: Broker;
  readonly namespace: string;
  readonly group: string;
  /** Kafka names. */
  readonly topics: readonly string[];
  readonly sessionTimeout: Millis;
  /** See `JoinOptions`. */
  readonly linger?: Millis | undefined;
  readonly controls: Pick<ControlsFollower<unknown>, 'onChange' | 'onFault'>;
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
  readonly onFatal: (fault: unknown) => void;
  readonly begin: (partition: number) => Runner;
}

/** A process's membership in a consumer group: one runner for each partition number that it is assigned. */
export class PartitionGroup<Runner extends PartitionRunner> {
  readonly committer: Committer;
  /** Aborted when the process has left. */
  readonly signal: AbortSignal;
  private readonly life = new AbortController();
  private readonly runners = new Map<number, Runner>();
  /** Per partition: resolves when the last runner in this process is done with it. */
  private readonly done = new Map<number, Promise<void>>();
  private readonly joined = Promise.withResolvers<Membership>();
  private member: Membership | undefined;
  private stopping = false;

  constructor(private readonly options: PartitionGroupOptions<Runner>) {
    const { timers, stats, log } = options;
    const collect = (): Settled[] => [...this.runners.values()].flatMap((runner) => runner.uncommitted());
    this.committer = new Committer({ timers, stats, log, membership: this.membership, collect });
    this.signal = this.life.signal;
  }

  /** Resolves when the group was joined. */
  get membership(): Promise<Membership> {
    return this.joined.promise;
  }

  get(partition: number): Runner | undefined {
    return this.runners.get(partition);
  }

  all(): readonly Runner[] {
    return [...this.runners.values()];
  }

  /** Resolves once the first assignment is there. */
  async start(): Promise<void> {
    const { broker, controls, namespace, group, topics, sessionTimeout, linger, onFatal } = this.options;
    const off = controls.onChange((change) => {
      for (const runner of this.runners.values()) runner.controlsChanged(change);
    });
    const offFault = controls.onFault(onFatal);
    this.life.signal.addEventListener('abort', off);
    this.life.signal.addEventListener('abort', offFault);
    this.member = await broker.join({
      group,
      topics,
      sessionTimeout,
      ...(linger === undefined ? {} : { linger }),
      onAssigned: (partitions) => this.assign(partitions),
      onRecords: ({ topic, partition }, records, extent) => this.runners.get(partition)?.push(localName(namespace, topic), records, extent),
      onCrash: onFatal,
    });
    this.joined.resolve(this.member);
    if (this.stopping) await this.member.leave();
  }

  /** Hands over: finishes what runs (`grace` at most), commits, leaves the group. A broker that is away holds nobody up for long. */
  async stop(grace: Millis): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    const { timers, log } = this.options;
    const runners = this.all();
    for (const runner of runners) runner.leave();
    const finished = Promise.all(this.done.values());
    await Promise.race([finished, sleep(timers, grace)]);
    for (const runner of runners) runner.end();
    const farewell = finished.then(() => this.sayFarewell(runners)).catch((fault: unknown) => log.warn('the group was not left in good order', { code: codeOf(fault) }));
    await Promise.race([farewell, sleep(timers, FAREWELL)]);
    this.committer.stop();
    this.life.abort();
  }

  private async sayFarewell(runners: readonly Runner[]): Promise<void> {
    if (!this.member) return;
    await this.committer.flush();
    await Promise.all(runners.map((runner) => runner.handOver()));
    await this.member.leave();
  }

  private assign(partitions: readonly number[]): void {
    for (const [partition, runner] of this.runners) {
      if (partitions.includes(partition)) continue;
      runner.end();
      this.runners.delete(partition);
    }
    // What is leaving goes on leaving; nothing new begins.
    if (this.stopping) return;
    for (const partition of partitions) {
      const runner = this.runners.get(partition);
      if (runner) runner.reassign();
      else this.begin(partition);
    }
  }

  /** One after the other: what the last one has on its way is in the log before the next one reads it. */
  private begin(partition: number): void {
    const runner = this.options.begin(partition);
    this.runners.set(partition, runner);
    const before = this.done.get(partition) ?? Promise.resolve();
    this.done.set(partition, before.then(() => runner.run()));
  }
}
