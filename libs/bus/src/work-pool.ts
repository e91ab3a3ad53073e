import type { Instant } from '@countersign/kernel';
import { Alarm, type Timers } from './timers.js';

/** Waiting for others costs memory only; more at a time than a tool takes well would be unkind to it. */
export const DEFAULT_BULKHEAD = 16;
/** Sockets and memory of one process. */
export const DEFAULT_POOL = 64;

export interface PoolLimits {
  /** How much runs at a time, all bulkheads together. */
  readonly total?: number;
  /** How much of one bulkhead runs at a time. */
  readonly perBulkhead?: (bulkhead: string) => number;
}

/** One thing to run. It never rejects. */
export interface Job {
  readonly bulkhead: string;
  readonly notBefore?: Instant | undefined;
  /** Not started any more once aborted. */
  readonly signal: AbortSignal;
  run(): Promise<void>;
}

interface Bulkhead {
  readonly limit: number;
  readonly waiting: Job[];
  running: number;
}

/** Runs slow work beside the partitions' queues. A bulkhead that hangs holds up nothing but itself. */
export class WorkPool {
  private readonly bulkheads = new Map<string, Bulkhead>();
  private readonly later = new Set<Job>();
  private readonly alarm: Alarm;
  private running = 0;

  constructor(
    private readonly timers: Timers,
    private readonly limits: PoolLimits = {},
  ) {
    this.alarm = new Alarm(timers, () => this.wake());
  }

  submit(job: Job): void {
    if (job.notBefore !== undefined && job.notBefore > this.timers.now()) {
      this.later.add(job);
      this.alarm.notAfter(job.notBefore);
      return;
    }
    this.bulkhead(job.bulkhead).waiting.push(job);
    this.startSome();
  }

  private wake(): void {
    const now = this.timers.now();
    let next: Instant | undefined;
    for (const job of this.later) {
      const at = job.signal.aborted ? undefined : job.notBefore;
      if (at !== undefined && at > now) {
        next = next === undefined || at < next ? at : next;
        continue;
      }
      this.later.delete(job);
      if (!job.signal.aborted) this.bulkhead(job.bulkhead).waiting.push(job);
    }
    this.alarm.set(next);
    this.startSome();
  }

  private bulkhead(name: string): Bulkhead {
    let found = this.bulkheads.get(name);
    if (!found) {
      found = { limit: this.limits.perBulkhead?.(name) ?? DEFAULT_BULKHEAD, waiting: [], running: 0 };
      this.bulkheads.set(name, found);
    }
    return found;
  }

  /** One of each bulkhead in turn, so that a long queue takes no more of the total than a short one. */
  private startSome(): void {
    const total = this.limits.total ?? DEFAULT_POOL;
    for (let started = true; started; ) {
      started = false;
      const line = [...this.bulkheads];
      for (const [name, bulkhead] of line) {
        while (bulkhead.waiting[0]?.signal.aborted) bulkhead.waiting.shift();
        if (bulkhead.waiting.length === 0 && bulkhead.running === 0) this.bulkheads.delete(name);
        if (this.running >= total || bulkhead.running >= bulkhead.limit) continue;
        const job = bulkhead.waiting.shift();
        if (!job) continue;
        started = true;
        // To the end of the line.
        this.bulkheads.delete(name);
        this.bulkheads.set(name, bulkhead);
        void this.start(bulkhead, job);
      }
    }
  }

  private async start(bulkhead: Bulkhead, job: Job): Promise<void> {
    bulkhead.running += 1;
    this.running += 1;
    try {
      await job.run();
    } finally {
      bulkhead.running -= 1;
      this.running -= 1;
      this.startSome();
    }
  }
}
