import type { Project, ProjectionBatch } from '@countersign/read-model';

/** A transaction of this many records takes some 100 ms: one that fails is soon done again, and nobody waits long behind it. */
const RECORDS_PER_TRANSACTION = 2_000;

interface Waiting {
  readonly batch: ProjectionBatch;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Takes the batches of all topic partitions into the read model, one transaction at a time: what arrives while one is under way goes
 * into the next one together. So the rate grows with the load, and two transactions of one process never wait for each other.
 */
export class Projector {
  private readonly waiting: Waiting[] = [];
  private isRunning = false;

  constructor(
    private readonly project: Project,
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves once the batch is committed; waits for a PostgreSQL that is away. Rejects with what `project` throws. */
  add(batch: ProjectionBatch): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.waiting.push({ batch, done });
    if (!this.isRunning) void this.run();
    return done.promise;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) await this.commit(this.take());
    this.isRunning = false;
  }

  private take(): readonly Waiting[] {
    let records = 0;
    const count = this.waiting.findIndex(({ batch }) => {
      records += batch.records.length + batch.rejected.length;
      return records > RECORDS_PER_TRANSACTION;
    });
    // A batch that is too large by itself goes alone.
    return this.waiting.splice(0, count < 0 ? this.waiting.length : Math.max(1, count));
  }

  private async commit(taken: readonly Waiting[]): Promise<void> {
    try {
      await this.project(
        taken.map(({ batch }) => batch),
        this.signal,
      );
      for (const { done } of taken) done.resolve();
    } catch (fault) {
      // One of them is at fault, and the others must not pay for it.
      if (taken.length > 1 && !this.signal.aborted) for (const one of taken) await this.commit([one]);
      else for (const { done } of taken) done.reject(fault);
    }
  }
}
