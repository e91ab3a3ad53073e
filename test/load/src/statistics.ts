/** Figures of several rounds: the one in the middle, and how far the others are from it. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

const ascending = (values: readonly number[]): number[] => [...values].sort((one, other) => one - other);

/** Nearest-rank percentile: the smallest value that at least `share` (0 to 1) of the values do not exceed. NaN for no values. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

/** The value in the middle; of an even number of values, the mean of the two. NaN for no values. */
export const median = (values: readonly number[]): number => {
  const sorted = ascending(values);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? Number.NaN)) / 2 : upper;
};

export const spread = (values: readonly number[]): Spread => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

/** Round by round: one figure over the other of the same round, so that a slow moment of the machine hits both. */
export const ratios = (ours: readonly number[], floor: readonly number[]): number[] => ours.map((value, round) => value / (floor[round] ?? Number.NaN));
