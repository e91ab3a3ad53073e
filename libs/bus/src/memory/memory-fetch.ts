import { codeOf, millis } from '@countersign/kernel';
import type { Extent, LogRecord, TopicPartition } from '../broker.js';
import type { Elapsed } from '../steady-clock.js';
import type { MemoryBroker } from './memory-broker.js';
import { FETCH_WAIT } from './memory-cluster.js';
import type { Stretch } from './memory-log.js';

/** Records of one answer. */
const MOST = 100;
/** After a fault: of the broker, or of who takes the records. */
const AGAIN = millis(50);

interface Sink {
  onRecords(records: readonly LogRecord[], extent: Extent): void | Promise<void>;
  onEnd?(end: number, askedAt: Elapsed): void;
  /** The log begins after what has to be read. */
  onFault(fault: unknown): void;
  /** How many records before the next ones to hand over once more. */
  redeliver?(): number;
}

interface Answer extends Stretch {
  readonly end: number;
}

/** Fetches one partition, again and again: at most one fetch and one delivery at a time. */
export class MemoryFetch {
  private paused = true;
  private closed = false;
  private busy = false;
  /** Raised by whatever makes the answer on its way worthless. */
  private version = 0;
  private offWatch: () => void = () => undefined;

  constructor(
    private readonly broker: MemoryBroker,
    private readonly target: TopicPartition,
    private next: number,
    private readonly sink: Sink,
  ) {}

  pause(): void {
    this.paused = true;
    this.invalidate();
  }

  resume(): void {
    if (!this.paused || this.closed) return;
    this.paused = false;
    this.go();
  }

  seek(offset: number): void {
    this.next = offset;
    this.invalidate();
    this.go();
  }

  close(): void {
    this.closed = true;
    this.invalidate();
  }

  private invalidate(): void {
    this.version += 1;
    this.offWatch();
  }

  private go(): void {
    if (this.busy || this.paused || this.closed) return;
    this.busy = true;
    void this.once().finally(() => {
      this.busy = false;
      this.go();
    });
  }

  private async once(): Promise<void> {
    const { version, next } = this;
    const askedAt = this.broker.process.timers.elapsed();
    try {
      const { records, next: read, end } = await this.fetch(next, version);
      if (version !== this.version) return;
      if (read > next) await this.hand(records, { from: next, next: read }, version);
      if (version === this.version && this.next >= end) this.sink.onEnd?.(end, askedAt);
    } catch (fault) {
      if (codeOf(fault) === 'LOG_TRUNCATED' && version === this.version) {
        this.close();
        this.sink.onFault(fault);
        return;
      }
      await new Promise<void>((resolve) => void this.broker.process.timers.after(AGAIN, resolve));
    }
  }

  private async hand(records: readonly LogRecord[], extent: Extent, version: number): Promise<void> {
    await this.sink.onRecords(records, extent);
    if (version !== this.version) return;
    const [first] = records;
    const again = this.sink.redeliver?.() ?? 0;
    this.next = again > 0 && first ? Math.max(this.broker.cluster.log.offsets(this.target).start, first.offset - again) : extent.next;
  }

  /** Waits at the broker for records, for a while. */
  private async fetch(next: number, version: number): Promise<Answer> {
    const { cluster } = this.broker;
    return this.broker.request('fetch', async () => {
      if (cluster.log.read(this.target, next, 1).next === next && version === this.version) await this.wait();
      return { ...cluster.log.read(this.target, next, MOST), end: cluster.log.offsets(this.target).end };
    });
  }

  private wait(): Promise<void> {
    const { log, conductor } = this.broker.cluster;
    return new Promise((resolve) => {
      const done = (): void => {
        off();
        offWatch();
        resolve();
      };
      // Only who wants to know the end needs an answer without records.
      const off = this.sink.onEnd ? conductor.after(FETCH_WAIT, done) : () => undefined;
      const offWatch = log.watch(this.target, done);
      this.offWatch = done;
    });
  }
}
