import type { Done } from './injector.ts';
import type { LogCounts } from './judge/log-judge.ts';
import type { Violation } from './judge/record.ts';
import type { Moment } from './timeline.ts';

export interface PhaseResult {
  readonly runs: number;
  readonly seconds: number;
  readonly runsPerSecond: number;
}

export interface ChaosResult {
  readonly seed: number;
  readonly calm: PhaseResult;
  readonly storm: PhaseResult;
  readonly done: Done;
  readonly log: LogCounts;
  readonly violations: readonly Violation[];
  readonly timeline: readonly Moment[];
  /** Where the data of the stack and its logs lie. */
  readonly dir: string;
}
