import { setMaxListeners } from 'node:events';
import { CountersignError } from '@countersign/kernel';
import type { Guard, WorkItem } from './step.js';
import type { BusStats } from './stats.js';
import type { WorkPool } from './work-pool.js';

export type Outcome<Result> = { readonly result: Result } | { readonly fault: unknown };

export interface Finished<Work, Result> {
  readonly work: Work;
  readonly outcome: Outcome<Result>;
}

export interface OpenWorksOptions<Work, Result> {
  readonly step: { perform?(work: Work, signal: AbortSignal, guard: Guard): Promise<Result> };
  readonly pool: WorkPool;
  readonly guard: Guard;
  readonly stats: BusStats;
  /** Something has finished. */
  readonly onFinished: () => void;
}

/** Several times what the pool runs at once. What is announced beyond that would only wait in memory until its time is over. */
export const MAX_OPEN_WORK = 256;

/**
 * The open work of one partition. An item is known from its start until what came of it is in the log; meanwhile it is not
 * started again. When the partition may have been somebody else's, everything is dropped.
 */
export class OpenWorks<Work extends WorkItem, Result> {
  private readonly known = new Set<string>();
  private results: Finished<Work, Result>[] = [];
  private ownership = newOwnership();
  private running = 0;
  private closed = false;

  constructor(private readonly options: OpenWorksOptions<Work, Result>) {}

  /** Starts what is not known yet. */
  offer(works: readonly Work[]): void {
    for (const work of works) {
      if (this.known.has(work.id)) continue;
      this.known.add(work.id);
      this.start(work);
    }
  }

  /** No input is taken meanwhile: what is not taken waits in Kafka. */
  get isFull(): boolean {
    return this.known.size >= MAX_OPEN_WORK;
  }

  /** What has finished and is not settled. */
  finished(): readonly Finished<Work, Result>[] {
    return this.results;
  }

  settle(settled: readonly Finished<Work, Result>[]): void {
    if (settled.length === 0) return;
    for (const { work } of settled) this.known.delete(work.id);
    this.results = this.results.filter((found) => !settled.includes(found));
  }

  /** After a restore without a change of owners: forgets results of work that is open no more, their outcome is in the log. */
  keepOnly(open: readonly Work[]): void {
    const ids = new Set(open.map(({ id }) => id));
    this.settle(this.results.filter(({ work }) => !ids.has(work.id)));
  }

  /** Nothing runs, and every result is settled. */
  get isIdle(): boolean {
    return this.running === 0 && this.results.length === 0;
  }

  /** Starts nothing any more. */
  close(): void {
    this.closed = true;
  }

  /** Stops everything: the partition is lost, or may have been meanwhile. */
  abandon(): void {
    this.options.stats.worksDropped += this.known.size;
    this.known.clear();
    this.results = [];
    this.running = 0;
    this.ownership.abort();
    this.ownership = newOwnership();
  }

  private start(work: Work): void {
    const { signal } = this.ownership;
    this.options.pool.submit({ bulkhead: work.bulkhead, notBefore: work.notBefore, signal, run: () => this.perform(work, signal) });
  }

  private async perform(work: Work, signal: AbortSignal): Promise<void> {
    const { step, stats, onFinished, guard } = this.options;
    if (this.closed) return;
    stats.worksStarted += 1;
    this.running += 1;
    const own: Guard = { ...guard, canAct: () => !signal.aborted && guard.canAct() };
    const outcome = await outcomeOf(async () => {
      if (!step.perform) throw new CountersignError('INTERNAL', 'the step asks for work and does none');
      return step.perform(work, signal, own);
    });
    if (signal.aborted) return;
    this.running -= 1;
    this.results.push({ work, outcome });
    onFinished();
  }
}

/** One signal for all work of a partition: Node warns of more than ten listeners unless told that they are meant. */
const newOwnership = (): AbortController => {
  const ownership = new AbortController();
  setMaxListeners(0, ownership.signal);
  return ownership;
};

const outcomeOf = async <Result>(act: () => Promise<Result>): Promise<Outcome<Result>> => {
  try {
    return { result: await act() };
  } catch (fault) {
    return { fault };
  }
};
