import { decodeLeaf, encodeLeaf, type ArchivedRecord, type LogWriter } from '@countersign/archive';
import type { Broker, LogRecord, Timers, TopicPartition } from '@countersign/bus';
import { codeOf, CountersignError, messageOf, millis, seconds, sha256, type Millis, type Sha256 } from '@countersign/kernel';
import type { Checkpoint } from '@countersign/tlog';
import { DUE_ENTRIES } from './cadence.js';

/** What is taken and not yet in the archive; more of a topic partition is not read: Kafka keeps it. */
const MOST_UNPUBLISHED = 4 * DUE_ENTRIES;
const FIRST_PAUSE = millis(200);
const LONGEST_PAUSE = seconds(10);

/** A checkpoint that is in the archive. */
export interface Published {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly checkpoint: Checkpoint;
  readonly note: Buffer;
  /** Of the last record in it. */
  readonly last: { readonly offset: number; readonly sha256: Sha256 };
}

export interface ArchivedPartitionParts {
  readonly broker: Pick<Broker, 'offsets'>;
  /** With the namespace. */
  readonly target: TopicPartition;
  /** Without the namespace. */
  readonly topic: string;
  readonly openLog: () => Promise<LogWriter>;
  readonly putBlob: (bytes: Buffer) => Promise<void>;
  readonly dueAfter: Millis;
  readonly timers: Timers;
  /** A checkpoint is in the archive. Not told again after a crash: the next one covers it. */
  readonly onPublished: (published: Published) => Promise<void>;
  /** The archive does not answer (`undefined`: it does again). It is tried on and on. */
  readonly onAway: (fault: CountersignError | undefined) => void;
}

/** A log that stands still: what it would have to sign would not be true. */
export interface Halted {
  readonly offset: number;
  readonly fault: CountersignError;
}

const asFault = (fault: unknown): CountersignError => (fault instanceof CountersignError ? fault : new CountersignError('INTERNAL', messageOf(fault), { cause: fault }));

/** Takes the records of one topic partition into its log, in order, each once. */
export class ArchivedPartition {
  private log: LogWriter | undefined;
  private next = 0;
  private previous = -1;
  private lastHash: Sha256 = sha256('');
  private off: (() => void) | undefined;
  private publishing: Promise<void> | undefined;
  private blobs: Buffer[] = [];
  private halted: Halted | undefined;
  private readonly life = new AbortController();

  constructor(private readonly parts: ArchivedPartitionParts) {}

  get standing(): { readonly next: number; readonly unpublished: number; readonly halted: Halted | undefined } {
    return { next: this.next, unpublished: this.log ? this.log.size - this.log.published : 0, halted: this.halted };
  }

  /** Where to read on; `undefined` where the log stands still or the partition was given up meanwhile. Waits for an archive that is away. */
  async open(): Promise<number | undefined> {
    await this.persist(async () => {
      const log = await this.parts.openLog();
      const last = log.last === undefined ? undefined : decodeLeaf(log.last);
      const lastOffset = last === undefined ? -1 : 'record' in last ? last.record.offset : last.offset;
      const { start, end } = await this.parts.broker.offsets(this.parts.target);
      const { topic, partition } = this.parts.target;
      if (last !== undefined && lastOffset + 1 < start) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` begins at offset ${start}, and the archive ends at ${lastOffset}`, { hint: 'Kafka has let go of records before they were archived' });
      if (lastOffset + 1 > end) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` ends at offset ${end}, and the archive has come to ${lastOffset + 1}`, { hint: 'Kafka has lost records, or is another one' });
      this.log = log;
      this.previous = lastOffset;
      this.next = last === undefined ? start : lastOffset + 1;
    });
    return this.isStanding ? undefined : this.next;
  }

  /** Resolves when more may come: at once, or when the archive has caught up. */
  async take(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      if (this.isStanding) return;
      if (record.offset >= this.next) this.append(record);
      if (this.standing.unpublished >= DUE_ENTRIES && !this.publishing) this.publishSoon(millis(0));
      if (this.standing.unpublished >= MOST_UNPUBLISHED) await this.publish();
    }
  }

  /** Everything that was taken is in the archive when it resolves, or the log stands still. */
  async publish(): Promise<void> {
    while (this.standing.unpublished > 0 && !this.isStanding) {
      this.publishing ??= this.publishOnce().finally(() => {
        this.publishing = undefined;
      });
      await this.publishing;
    }
  }

  /** Nothing is begun any more; what is under way may end. */
  close(): void {
    this.off?.();
    this.life.abort();
  }

  private get isStanding(): boolean {
    return this.halted !== undefined || this.life.signal.aborted;
  }

  private append(record: LogRecord): void {
    const archived: ArchivedRecord = record;
    const { entry, blob } = encodeLeaf(archived, this.previous);
    if (blob) this.blobs.push(blob);
    this.log?.append(entry);
    this.previous = record.offset;
    this.next = record.offset + 1;
    this.lastHash = sha256(record.value ?? '');
    this.publishSoon(this.parts.dueAfter);
  }

  private publishSoon(delay: Millis): void {
    if (this.off && delay > 0) return;
    this.off?.();
    this.off = this.parts.timers.after(delay, () => void this.publish());
  }

  private async publishOnce(): Promise<void> {
    this.off?.();
    this.off = undefined;
    const last = { offset: this.previous, sha256: this.lastHash };
    await this.persist(async () => {
      const blobs = this.blobs;
      await Promise.all(blobs.map((blob) => this.parts.putBlob(blob)));
      this.blobs = this.blobs.slice(blobs.length);
      const published = await this.log?.publish();
      const { topic, target, onPublished } = this.parts;
      if (published) await onPublished({ topic, partition: target.partition, ...published, last });
    });
  }

  /** Tries until it is done, the fault is one that no waiting mends, or the partition is given up. */
  private async persist(act: () => Promise<void>): Promise<void> {
    let isAway = false;
    for (let pause = FIRST_PAUSE; !this.isStanding; pause = millis(Math.min(2 * pause, LONGEST_PAUSE))) {
      try {
        await act();
        if (isAway) this.parts.onAway(undefined);
        return;
      } catch (fault) {
        const known = asFault(fault);
        if (known.retry === 'never') {
          this.halted = { offset: this.next, fault: known };
          return;
        }
        isAway = true;
        this.parts.onAway(known);
        await this.rest(pause);
      }
    }
  }

  private rest(pause: Millis): Promise<void> {
    return new Promise((resolve) => {
      const off = this.parts.timers.after(pause, resolve);
      this.life.signal.addEventListener('abort', () => {
        off();
        resolve();
      }, { once: true });
    });
  }
}

/** Whether it is the archive, and not Kafka, that is away. */
export const isArchiveFault = (fault: CountersignError): boolean => codeOf(fault).startsWith('ARCHIVE_');
