import type { Verified } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import type { Admitted, Door, PassedOver } from './admission.js';
import type { Committed, Extent, LogRecord, TopicPartition } from './broker.js';
import { formatReader, type ReaderState } from './log-reader.js';
import type { Elapsed } from './steady-clock.js';

/** Enough to fill several batches while one is on its way; more only takes memory. */
export const HIGH_WATER = 1_000;
export const LOW_WATER = 250;
/** Events are at most 48 KiB: the count alone would allow 48 MB for each topic partition. */
export const HIGH_WATER_BYTES = 4 * 1024 * 1024;
/** Whole batches are verified at once for a third of the price, and none is cut in two where all that waits is looked at. */
const VERIFY_AHEAD = HIGH_WATER;

/** How a queue makes its broker stop and go on. */
export interface Tap {
  pause(target: TopicPartition): void;
  resume(target: TopicPartition): void;
}

/** Where to go on, and what the reader has to know there. */
export interface Mark {
  readonly offset: number;
  readonly reader: ReaderState;
  /** Offset in `controls` of the newest redrive of this topic partition that was carried out; -1 for none. */
  readonly redriven: number;
}

/** Something to handle, or a reason to wait. */
export type Head = Exclude<Admitted, { readonly kind: 'passed' | 'claim' }> & { readonly queuedAt: Elapsed };

interface Entry {
  readonly record: LogRecord;
  readonly queuedAt: Elapsed;
  verified: Verified | CountersignError | undefined;
}

/** What is settled in one topic partition. */
export interface Settled {
  readonly queue: TopicQueue;
  readonly mark: Mark;
}

/** Metadata of a commit, see `formatReader`. */
export const formatMark = ({ reader, redriven }: Mark): string => {
  const text = formatReader(reader);
  return redriven < 0 ? text : `${text.slice(0, -1)},"r":${redriven}}`;
};

/**
 * What was read of one topic partition and is not settled yet. Records are taken one by one; they are dropped only when
 * what was made of them is in the log (`settle`), so that all taken since can be taken again (`rewind`).
 */
export class TopicQueue {
  private readonly entries: Entry[] = [];
  /** How many of the entries are taken. */
  private count = 0;
  private bytes = 0;
  private verifiedTo = 0;
  private expected = 0;
  private settledMark: Mark;
  private takenMark: Mark;
  private committedMark: Mark;
  private head: { readonly found: Head; readonly reader: ReaderState } | undefined;
  private paused = true;
  private passed: PassedOver[] = [];

  constructor(
    readonly local: string,
    readonly target: TopicPartition,
    private readonly door: Door,
    private readonly tap: Tap,
    start: Mark,
  ) {
    this.settledMark = start;
    this.takenMark = start;
    this.committedMark = start;
    this.expected = start.offset;
  }

  /** Whether the writers of the topic put everything of a key into this partition number: then causes need not name it. */
  get isCoPartitioned(): boolean {
    return this.door.admission === 'claimed' || this.door.admission === 'signed';
  }

  /** Lets the broker fetch. */
  open(): void {
    this.paused = false;
    this.tap.resume(this.target);
  }

  /** Queues all that an extent holds; false where what lies before it was not handed over. Records that are here already are dropped. */
  push(records: readonly LogRecord[], { from, next }: Extent, now: Elapsed): boolean {
    if (from > this.expected) return false;
    for (const record of records) {
      if (record.offset < this.expected) continue;
      this.entries.push({ record, queuedAt: now, verified: undefined });
      this.bytes += sizeOf(record);
      this.expected = record.offset + 1;
    }
    this.expected = Math.max(this.expected, next);
    if (!this.paused && (this.entries.length >= HIGH_WATER || this.bytes >= HIGH_WATER_BYTES)) {
      this.paused = true;
      this.tap.pause(this.target);
    }
    return true;
  }

  /** Next offset that the broker has to hand over. */
  get nextToPush(): number {
    return this.expected;
  }

  /** Everything before this offset was taken, or is nothing. */
  get position(): number {
    return this.takenMark.offset;
  }

  /** Copies and what former owners wrote, of what is taken and not settled. */
  get passedOver(): readonly PassedOver[] {
    return this.passed;
  }

  /** What holds after everything taken. */
  get taken(): Mark {
    return this.takenMark;
  }

  /** The next record that there is something to do about. Claims, copies and the like are passed over. */
  peek(): Head | undefined {
    while (!this.head) {
      const entry = this.entries[this.count];
      this.passTo(entry ? entry.record.offset : this.expected);
      if (!entry) return undefined;
      if (this.verifiedTo <= this.count) this.verifyAhead();
      const { admitted, state } = this.door.admit(entry.record, entry.verified, this.takenMark.reader);
      if (admitted.kind === 'passed' && admitted.why) this.passed.push(admitted.why);
      if (admitted.kind === 'passed' || admitted.kind === 'claim') this.advance(state);
      else this.head = { found: { ...admitted, queuedAt: entry.queuedAt }, reader: state };
    }
    return this.head.found;
  }

  /** Takes what `peek` gave. */
  take(): void {
    if (!this.head) return;
    const { reader } = this.head;
    this.head = undefined;
    this.advance(reader);
  }

  /** Looks at the head again: a key may have been announced meanwhile. Alone: whoever writes many such records makes nobody verify each of them once for every other. */
  recheck(): void {
    this.head = undefined;
    const entry = this.entries[this.count];
    if (entry) [entry.verified] = this.door.verify([entry.record]);
  }

  /** Notes a redrive that was carried out; it is settled with what was taken. */
  redrive(control: number): void {
    this.takenMark = { ...this.takenMark, redriven: control };
  }

  get redriven(): number {
    return this.takenMark.redriven;
  }

  /** What was made of everything taken is in the log. */
  settle(): void {
    for (const { record } of this.entries.splice(0, this.count)) this.bytes -= sizeOf(record);
    this.verifiedTo = Math.max(0, this.verifiedTo - this.count);
    this.count = 0;
    this.passed = [];
    this.settledMark = this.takenMark;
    if (this.paused && this.entries.length <= LOW_WATER && this.bytes < HIGH_WATER_BYTES) {
      this.paused = false;
      this.tap.resume(this.target);
    }
  }

  /** Everything taken since the last `settle` will be taken again. */
  rewind(): void {
    this.count = 0;
    this.passed = [];
    this.head = undefined;
    this.takenMark = this.settledMark;
  }

  /** Where a restart may go on. */
  get mark(): Mark {
    return this.settledMark;
  }

  /** What is settled and not committed yet. */
  uncommitted(): Settled | undefined {
    return this.settledMark === this.committedMark ? undefined : { queue: this, mark: this.settledMark };
  }

  commitOf(mark: Mark): Committed {
    return { ...this.target, offset: mark.offset, metadata: formatMark(mark) };
  }

  noteCommitted(mark: Mark): void {
    this.committedMark = mark;
  }

  private advance(reader: ReaderState): void {
    this.count += 1;
    this.takenMark = { ...this.takenMark, offset: this.takenMark.offset + 1, reader };
  }

  /** Between what was taken and what is next lies nothing: others need not wait for it, nor a commit stop before it. */
  private passTo(offset: number): void {
    if (this.takenMark.offset < offset) this.takenMark = { ...this.takenMark, offset };
  }

  private verifyAhead(): void {
    const ahead = this.entries.slice(this.count, this.count + VERIFY_AHEAD);
    for (const [at, verified] of this.door.verify(ahead.map(({ record }) => record)).entries()) {
      const entry = ahead[at];
      if (entry) entry.verified = verified;
    }
    this.verifiedTo = this.count + ahead.length;
  }
}

const sizeOf = ({ key, value }: LogRecord): number => (key?.length ?? 0) + (value?.length ?? 0);
