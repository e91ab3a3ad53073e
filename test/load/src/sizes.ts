/** How much is measured. */
export interface Sizes {
  readonly coldStarts: number;
  /** Runs before anything counts: compilers and caches get warm. */
  readonly warmUpRuns: number;
  /** What a round at saturation takes on our side, and so how many runs it has on both. */
  readonly saturatedSeconds: number;
  readonly pacedSeconds: number;
  readonly singleRuns: number;
  readonly idleSeconds: number;
  /** Events in the partition that is folded. */
  readonly foldEvents: number;
}

export const FULL: Sizes = { coldStarts: 3, warmUpRuns: 3_000, saturatedSeconds: 12, pacedSeconds: 10, singleRuns: 50, idleSeconds: 20, foldEvents: 50_000 };
export const QUICK: Sizes = { coldStarts: 1, warmUpRuns: 500, saturatedSeconds: 3, pacedSeconds: 3, singleRuns: 10, idleSeconds: 5, foldEvents: 2_000 };

/** Runs under way at saturation: enough for full batches everywhere, and few enough that no queue of ours is ever full. */
export const IN_FLIGHT = 1_000;
/** The relay's best on two cores; more or fewer batches at a time made it no faster. */
export const RELAY_TUNING = { concurrency: 8, maxWaitMs: 100 };
