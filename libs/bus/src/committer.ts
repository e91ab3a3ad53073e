import { codeOf, millis, type Instant } from '@countersign/kernel';
import type { Membership } from './broker.js';
import type { BusLog } from './bus-log.js';
import type { BusStats } from './stats.js';
import { Alarm, type Timers } from './timers.js';
import type { Settled } from './topic-queue.js';

/**
 * Committed offsets are hints for the next start: what is handled again because of a late one costs little, and each commit is an
 * append for Kafka. At 50 runs a second and a tenth of this, one request in twenty was a commit.
 */
export const COMMIT_DELAY = millis(500);

export interface CommitterOptions {
  readonly timers: Timers;
  readonly stats: BusStats;
  readonly log: BusLog;
  /** What is settled and not committed now. */
  readonly collect: () => readonly Settled[];
  readonly membership: Promise<Membership>;
}

/** Commits offsets lazily: one timer, and only while there is something to commit. */
export class Committer {
  private readonly alarm: Alarm;

  constructor(private readonly options: CommitterOptions) {
    this.alarm = new Alarm(options.timers, () => void this.flush());
  }

  /** There is something to commit, sooner or later. */
  schedule(): void {
    this.alarm.notAfter((this.options.timers.now() + COMMIT_DELAY) as Instant);
  }

  /** Commits now. A refusal is nothing to act on: whoever owns the partition commits for itself. */
  async flush(): Promise<void> {
    const { collect, stats, log } = this.options;
    const membership = await this.options.membership;
    const settled = collect();
    if (settled.length === 0) return;
    try {
      await membership.commit(settled.map(({ queue, mark }) => queue.commitOf(mark)));
    } catch (fault) {
      stats.commitFaults += 1;
      log.warn('offsets could not be committed', { code: codeOf(fault) });
      if (codeOf(fault) !== 'OWNERSHIP_LOST') this.schedule();
      return;
    }
    stats.commits += 1;
    for (const { queue, mark } of settled) queue.noteCommitted(mark);
  }

  stop(): void {
    this.alarm.set(undefined);
  }
}
