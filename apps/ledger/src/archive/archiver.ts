import { blobPath, createOnce, LogWriter, type ArchiveWriter } from '@countersign/archive';
import type { Broker, Membership, Timers, TopicPartition } from '@countersign/bus';
import { FLOW, hasOnePartition, TOPICS, topicName } from '@countersign/contracts';
import type { LogEpoch } from '@countersign/domain';
import { CountersignError, seconds, sha256, type Millis } from '@countersign/kernel';
import { ArchivedPartition, type Halted, type Published } from './archived-partition.js';
import { dueAfter } from './cadence.js';
import { knownCheckpoints, type KnownCheckpoints } from './known-checkpoints.js';

/** Kafka holds the events for days: an archive that is away for a moment is nobody's business. */
const AWAY_ALARM_AFTER = seconds(30);
/** What was taken when the service is told to stop is written, if that takes no longer. */
const STOP_PATIENCE = seconds(3);

export interface ArchiverParts {
  readonly broker: Pick<Broker, 'join' | 'follow' | 'offsets' | 'read'>;
  readonly archive: ArchiveWriter;
  readonly namespace: string;
  readonly tenants: readonly string[];
  readonly sessionTimeout: Millis;
  /** The newest log of a topic partition, the topic without its namespace: people may have ended one that stood still. */
  readonly epochOf: (topic: string, partition: number) => LogEpoch;
  readonly timers: Timers;
  /** No record waits longer for its checkpoint; the cadence of the project unless given. */
  readonly mostDelay?: Millis;
  readonly onPublished: (published: Published) => Promise<void>;
  /** A log stands still, or the archive is away for long: has to be told. */
  readonly onAlarm: (place: TopicPartition, halted: Halted) => void;
  /** The archive answers again. */
  readonly onBack: () => void;
  readonly onFatal: (fault: unknown) => void;
}

interface Followed {
  readonly partition: ArchivedPartition;
  close(): Promise<void>;
}

/**
 * Archives every topic: one member of a group of its own for the topics that are partitioned alike, of which whoever has partition 0
 * also takes those with one partition. A second member that writes the same log for a while writes the same bytes.
 */
export class Archiver {
  private membership: Membership | undefined;
  /** As Kafka was told until this one started: what it writes itself only comes on top. */
  private known: Promise<KnownCheckpoints> | undefined;
  private readonly partitions = new Map<string, ArchivedPartition>();
  private readonly singles = new Map<string, { readonly epoch: number; readonly followed: Promise<Followed | undefined> }>();
  /** The topic partitions for which the archive does not answer, or refuses, and what was wrong last. */
  private readonly away = new Map<string, CountersignError>();
  private callOffAlarm: (() => void) | undefined;
  private isAlarmed = false;
  private isOver = false;

  constructor(private readonly parts: ArchiverParts) {}

  async start(): Promise<void> {
    const { broker, namespace, tenants, sessionTimeout, onFatal } = this.parts;
    const topics = TOPICS.filter((topic) => !hasOnePartition(topic)).flatMap((topic) => (FLOW[topic].perTenant ? tenants.map((tenant) => topicName(namespace, topic, tenant)) : [topicName(namespace, topic)]));
    this.membership = await broker.join({
      group: `${namespace}.ledger.archive`,
      topics,
      sessionTimeout,
      onAssigned: (assigned) => this.assigned(topics, assigned),
      onRecords: (target, records) => this.partitions.get(keyOf(target))?.take(records),
      onCrash: onFatal,
    });
    // The first assignment comes before the membership does.
    for (const partition of this.partitions.keys()) this.goOn(partition);
  }

  /** Writes what was taken, if that does not take long, and leaves. */
  async stop(): Promise<void> {
    this.isOver = true;
    this.callOffAlarm?.();
    this.away.clear();
    await this.membership?.leave();
    const singles = await Promise.all([...this.singles.values()].map(({ followed }) => followed.catch(() => undefined)));
    for (const single of singles) await single?.close();
    const open = [...this.partitions.values(), ...singles.flatMap((single) => single?.partition ?? [])];
    const patience = new Promise<void>((resolve) => this.parts.timers.after(STOP_PATIENCE, resolve));
    await Promise.race([Promise.all(open.map((each) => each.publish())), patience]);
    for (const each of open) each.close();
  }

  /** Where people have ended a log meanwhile, its topic partition goes on into the next one. */
  renew(): void {
    if (this.isOver) return;
    for (const [key, partition] of this.partitions) {
      const target = targetOf(key);
      if (partition.epoch === this.epochOf(target).epoch) continue;
      this.membership?.pause([target]);
      this.isOutageOver(key);
      partition.close();
      this.partitions.set(key, this.begin(target));
      if (this.membership) this.goOn(key);
    }
    for (const [topic, { epoch, followed }] of this.singles) {
      const target = { topic, partition: 0 };
      if (epoch === this.epochOf(target).epoch) continue;
      this.isOutageOver(keyOf(target));
      this.followOnly(target, followed.then((single) => single?.close()).catch(() => undefined));
    }
  }

  private epochOf({ topic, partition }: TopicPartition): LogEpoch {
    return this.parts.epochOf(topic.slice(this.parts.namespace.length + 1), partition);
  }

  private assigned(topics: readonly string[], assigned: readonly number[]): void {
    if (this.isOver) return;
    const wanted = new Map(topics.flatMap((topic) => assigned.map((partition) => [keyOf({ topic, partition }), { topic, partition }] as const)));
    for (const [key, partition] of this.partitions) {
      if (wanted.has(key)) continue;
      this.isOutageOver(key);
      partition.close();
      this.partitions.delete(key);
    }
    for (const [key, target] of wanted) if (!this.partitions.has(key)) this.partitions.set(key, this.begin(target));
    if (this.membership) for (const key of wanted.keys()) this.goOn(key);
    this.followSingles(assigned.includes(0));
  }

  private begin(target: TopicPartition): ArchivedPartition {
    const { broker, archive, namespace, timers, mostDelay, onPublished } = this.parts;
    const topic = target.topic.slice(namespace.length + 1);
    const lock = archive.lockOfBlobs();
    const epoch = this.epochOf(target);
    return new ArchivedPartition({
      broker,
      target,
      topic,
      epoch,
      openLog: () => this.openLog(topic, target.partition, epoch.epoch),
      putBlob: (bytes) => createOnce(archive.store, blobPath(sha256(bytes)), bytes, lock),
      dueAfter: dueAfter(topic, mostDelay),
      timers,
      onPublished,
      onAway: (fault) => this.onAway(target, fault),
      onHalted: (halted) => this.parts.onAlarm(target, halted),
    });
  }

  /** A log that is shorter than Kafka was told, or another one, is not written on. */
  private async openLog(topic: string, partition: number, epoch: number): Promise<LogWriter> {
    const { broker, namespace, archive } = this.parts;
    this.known ??= knownCheckpoints(broker, namespace);
    const known = await this.known.catch((fault: unknown) => {
      this.known = undefined;
      throw fault;
    });
    const options = archive.log(topic, partition, epoch);
    const atLeast = known(options.path, options.signer);
    return LogWriter.open({ ...options, ...(atLeast ? { atLeast } : {}) });
  }

  /** Opens it where it is not yet, and lets its records come. After each assignment: all that was being fetched is paused then. */
  private goOn(key: string): void {
    const partition = this.partitions.get(key);
    void partition?.open().then((next) => {
      const { membership } = this;
      if (next === undefined || !membership || this.partitions.get(key) !== partition) return;
      const target = targetOf(key);
      membership.seek(target, next);
      membership.resume([target]);
    });
  }

  private followSingles(mine: boolean): void {
    if (!mine) {
      for (const topic of this.singles.keys()) this.isOutageOver(keyOf({ topic, partition: 0 }));
      for (const { followed } of this.singles.values()) void followed.then((single) => single?.close()).catch(() => undefined);
      this.singles.clear();
      return;
    }
    for (const topic of TOPICS.filter(hasOnePartition)) {
      const target = { topic: topicName(this.parts.namespace, topic), partition: 0 };
      if (!this.singles.has(target.topic)) this.followOnly(target);
    }
  }

  private followOnly(target: TopicPartition, before: Promise<void> = Promise.resolve()): void {
    this.singles.set(target.topic, { epoch: this.epochOf(target).epoch, followed: before.then(() => this.follow(target)) });
  }

  private async follow(target: TopicPartition): Promise<Followed | undefined> {
    const { broker, onFatal } = this.parts;
    const partition = this.begin(target);
    const next = await partition.open();
    if (next === undefined) return undefined;
    const followed = await broker.follow(target, next, { onRecords: (records) => partition.take(records), onEnd: () => undefined, onFault: onFatal }).catch((fault: unknown) => {
      onFatal(fault);
      throw fault;
    });
    return {
      partition,
      close: async () => {
        await followed.close();
        if (!this.isOver) partition.close();
      },
    };
  }

  /** One alarm for each time that the archive is away, whichever topic partitions notice it, and when. */
  private onAway(target: TopicPartition, fault: CountersignError | undefined): void {
    const key = keyOf(target);
    if (fault === undefined) {
      if (this.isOutageOver(key)) this.parts.onBack();
      return;
    }
    if (this.isOver) return;
    this.away.set(key, fault);
    this.callOffAlarm ??= this.parts.timers.after(AWAY_ALARM_AFTER, () => {
      this.isAlarmed = true;
      this.parts.onAlarm(target, { offset: this.partitions.get(key)?.standing.next ?? 0, fault: this.away.get(key) ?? fault });
    });
  }

  /** A topic partition waits for the archive no more; whether it was the last one of an outage that was told of. */
  private isOutageOver(key: string): boolean {
    if (!this.away.delete(key) || this.away.size > 0) return false;
    this.callOffAlarm?.();
    this.callOffAlarm = undefined;
    const wasAlarmed = this.isAlarmed;
    this.isAlarmed = false;
    return wasAlarmed;
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

const targetOf = (key: string): TopicPartition => {
  const at = key.lastIndexOf('/');
  return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) };
};
