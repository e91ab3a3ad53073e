import { decodeLeaf, encodeLeaf, type LogWriter, type SignedCheckpoint } from '@countersign/archive';
import type { Broker, LogRecord, Timers, TopicPartition } from '@countersign/bus';
import { CountersignError, messageOf, millis, seconds, sha256, type Millis, type Sha256 } from '@countersign/kernel';
import type { LogEpoch } from '@countersign/domain';
import { DUE_ENTRIES } from './cadence.js';

/** What is taken and not yet in the archive; more of a topic partition is not read: Kafka keeps it. */
const MOST_UNPUBLISHED = 4 * DUE_ENTRIES;
const FIRST_PAUSE = millis(200);
const LONGEST_PAUSE = seconds(10);

/** A checkpoint that is in the archive. */
export interface Published extends SignedCheckpoint {
  /** Without the namespace. */
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly last: LastRecord;
  /** Puts the note with further signatures in its place, unless a newer checkpoint has taken that or the partition was given up. */
  readonly cosign: (note: Buffer) => Promise<void>;
}

/** The last record that a checkpoint covers, and the hash of its value. */
interface LastRecord {
  readonly offset: number;
  readonly sha256: Sha256;
}

export interface ArchivedPartitionParts {
  readonly broker: Pick<Broker, 'offsets'>;
  /** With the namespace. */
  readonly target: TopicPartition;
  /** Without the namespace. */
  readonly topic: string;
  /** Which log of the topic partition it is, and where it begins. */
  readonly epoch: LogEpoch;
  readonly openLog: () => Promise<LogWriter>;
  readonly putBlob: (bytes: Buffer) => Promise<void>;
  readonly dueAfter: Millis;
  readonly timers: Timers;
  /** A checkpoint is in the archive. Told again, of the newest, when a log is opened: a crash may have come in between. */
  readonly onPublished: (published: Published) => Promise<void>;
  /** The archive does not answer, or refuses (`undefined`: it does again, or is tried no more). It is tried on and on. */
  readonly onAway: (fault: CountersignError | undefined) => void;
  readonly onHalted: (halted: Halted) => void;
}

/** A log that stands still: what it would have to sign would not be true. */
export interface Halted {
  readonly offset: number;
  readonly fault: CountersignError;
}

/** Of an archive that is away, or refuses until somebody has renewed a token or given a right: nothing of it is wrong. */
export const WAITED_FOR: ReadonlySet<string> = new Set(['ARCHIVE_UNREACHABLE', 'ARCHIVE_REFUSED']);

/** Whether waiting mends it. */
export const isWaitedFor = ({ retry, code }: CountersignError): boolean => retry !== 'never' || WAITED_FOR.has(code);

const asFault = (fault: unknown): CountersignError => (fault instanceof CountersignError ? fault : new CountersignError('INTERNAL', messageOf(fault), { cause: fault }));

/** Takes the records of one topic partition into its log, in order, each once. */
export class ArchivedPartition {
  private log: LogWriter | undefined;
  private next = 0;
  private last: LastRecord = { offset: -1, sha256: sha256('') };
  /** Published, and not yet told. */
  private untold: Published | undefined;
  private off: (() => void) | undefined;
  private opening: Promise<void> | undefined;
  private publishing: Promise<void> | undefined;
  private readonly blobs: Buffer[] = [];
  private halted: Halted | undefined;
  private readonly life = new AbortController();

  constructor(private readonly parts: ArchivedPartitionParts) {}

  get epoch(): number {
    return this.parts.epoch.epoch;
  }

  get standing(): { readonly next: number; readonly unpublished: number; readonly halted: Halted | undefined } {
    return { next: this.next, unpublished: this.log ? this.log.size - this.log.published : 0, halted: this.halted };
  }

  /** Where to read on; `undefined` where the log stands still or the partition was given up meanwhile. Waits for an archive that is away. */
  async open(): Promise<number | undefined> {
    if (this.log === undefined) await (this.opening ??= this.openOnce());
    return this.isStanding ? undefined : this.next;
  }

  private async openOnce(): Promise<void> {
    await this.persist(async () => {
      const log = await this.parts.openLog();
      const last = lastRecordOf(log.last);
      const { target, epoch } = this.parts;
      const { start, end } = await this.parts.broker.offsets(target);
      const place = `\`${target.topic}/${target.partition}\``;
      this.next = last === undefined ? (epoch.begins ?? start) : last.offset + 1;
      // Whoever ends a log says where the next one begins, and leaves out nothing that is there.
      if (last === undefined && epoch.after !== undefined && this.next > Math.max(start, epoch.after)) throw new CountersignError('LOG_TRUNCATED', `${place} was to go on at offset ${this.next}, and has records from ${Math.max(start, epoch.after)} on`, { hint: 'end it once more, with `countersign ledger epoch`' });
      if (this.next < start) throw new CountersignError('LOG_TRUNCATED', `${place} begins at offset ${start}, and the archive ends before ${this.next}`, { hint: 'Kafka has let go of records before they were archived: `countersign ledger epoch` goes on without them, and says so' });
      if (this.next > end) throw new CountersignError('LOG_TRUNCATED', `${place} ends at offset ${end}, and the archive has come to ${this.next}`, { hint: 'Kafka has lost records, or is another one' });
      this.log = log;
      this.last = last ?? this.last;
      if (log.found) this.untold = this.published(log.found, this.last);
    });
    await this.persist(() => this.tell());
  }

  /** Resolves when more may come: at once, or when the archive has caught up. What comes before it is open is read again. */
  async take(records: readonly LogRecord[]): Promise<void> {
    if (!this.log) return;
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
    const { entry, blob } = encodeLeaf(record, this.last.offset);
    if (blob) this.blobs.push(blob);
    this.log?.append(entry);
    this.last = { offset: record.offset, sha256: sha256(record.value ?? '') };
    this.next = record.offset + 1;
    this.publishSoon(this.parts.dueAfter);
  }

  private publishSoon(delay: Millis): void {
    if (this.off && delay > 0) return;
    this.off?.();
    this.off = this.parts.timers.after(delay, () => {
      this.off = undefined;
      void this.publish();
    });
  }

  private async publishOnce(): Promise<void> {
    this.off?.();
    this.off = undefined;
    await this.persist(async () => {
      await this.tell();
      // What comes meanwhile may bring more of them.
      while (this.blobs.length > 0) {
        const blobs = [...this.blobs];
        await Promise.all(blobs.map((blob) => this.parts.putBlob(blob)));
        this.blobs.splice(0, blobs.length);
      }
      const { last } = this;
      const signed = await this.log?.publish();
      if (signed) this.untold = this.published(signed, last);
      await this.tell();
    });
  }

  private published(signed: SignedCheckpoint, last: LastRecord): Published {
    const { topic, target, epoch: { epoch } } = this.parts;
    const { log } = this;
    const cosign = async (note: Buffer): Promise<void> => (this.life.signal.aborted ? undefined : log?.cosign(signed.checkpoint, note));
    return { topic, partition: target.partition, epoch, ...signed, last, cosign };
  }

  private async tell(): Promise<void> {
    if (!this.untold) return;
    await this.parts.onPublished(this.untold);
    this.untold = undefined;
  }

  /** Tries until it is done, the fault is one that no waiting mends, or the partition is given up. */
  private async persist(act: () => Promise<void>): Promise<void> {
    let isAway = false;
    for (let pause = FIRST_PAUSE; !this.isStanding; pause = millis(Math.min(2 * pause, LONGEST_PAUSE))) {
      try {
        await act();
        break;
      } catch (fault) {
        const known = asFault(fault);
        if (!isWaitedFor(known)) {
          this.halted = { offset: this.next, fault: known };
          this.parts.onHalted(this.halted);
          break;
        }
        isAway = true;
        this.parts.onAway(known);
        await this.rest(pause);
      }
    }
    if (isAway) this.parts.onAway(undefined);
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

/** The record of the last entry; of one that is a blob the hash of that, for nobody looks it up. */
const lastRecordOf = (entry: Buffer | undefined): LastRecord | undefined => {
  if (entry === undefined) return undefined;
  const leaf = decodeLeaf(entry);
  return 'record' in leaf ? { offset: leaf.record.offset, sha256: sha256(leaf.record.value ?? '') } : { offset: leaf.offset, sha256: leaf.blob.sha256 };
};
