import type { Amounts, LimitName } from '@countersign/contracts';
import type { Limits } from '../config/agent-contract.js';
import { AMOUNTS, amountsOf, each, NOTHING } from './amounts.js';

/** What runs, days and months count. */
export interface Sums extends Amounts {
  /** Actions that were granted or asked about, each once. */
  readonly steps: number;
  /** Time for which runs were open, in milliseconds. Only days and months add it up. */
  readonly wallClock: number;
}

export const SUMS = [...AMOUNTS, 'steps', 'wallClock'] as const satisfies readonly (keyof Sums)[];
export type Sum = (typeof SUMS)[number];

export const LIMIT_OF = { microUsd: 'usd', toolCalls: 'tool-calls', writes: 'writes', records: 'records', retries: 'retries', steps: 'steps', wallClock: 'wall-clock' } as const satisfies Readonly<Record<Sum, LimitName>>;

export const capOf = (limits: Limits, sum: Sum): number | undefined => (sum === 'microUsd' ? limits.usd : limits[sum]);

/** Of what an action takes; a reservation's time is of its run. */
export const sumsOf = (amounts: Amounts, more: Partial<Pick<Sums, 'steps' | 'wallClock'>> = {}): Sums => Object.assign(amountsOf(amounts), { steps: more.steps ?? 0, wallClock: more.wallClock ?? 0 });

export const NO_SUMS: Sums = sumsOf(NOTHING);

const sumBySum = (of: (sum: Sum) => number): Sums => Object.assign(each(of), { steps: of('steps'), wallClock: of('wallClock') });

export const plus = (a: Sums, b: Sums): Sums => sumBySum((sum) => a[sum] + b[sum]);

/** Never below nothing. */
export const minus = (a: Sums, b: Sums): Sums => sumBySum((sum) => Math.max(0, a[sum] - b[sum]));

export const least = (a: Sums, b: Sums): Sums => sumBySum((sum) => Math.min(a[sum], b[sum]));

export const isNothing = (sums: Sums): boolean => SUMS.every((sum) => sums[sum] === 0);
