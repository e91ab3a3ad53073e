import { ErrorWindow, type FrozenErrors } from '../error-window.js';
import type { RunSpending, Tally, WorkflowSpending } from './spending.js';

/** JSON forms of what was spent, for snapshots. */
export interface FrozenTally extends Omit<Tally, 'exhausted'> {
  readonly exhausted: readonly string[];
}

export interface FrozenRunSpending extends Omit<RunSpending, 'exhausted' | 'steps' | 'calls'> {
  readonly exhausted: readonly string[];
  readonly steps: readonly string[];
  readonly calls: readonly (readonly [string, number])[];
}

export interface FrozenWorkflow extends Omit<WorkflowSpending, 'periods' | 'errors'> {
  readonly key: string;
  readonly periods: readonly (readonly [string, FrozenTally])[];
  readonly errors: readonly (readonly [string, FrozenErrors])[];
}

const freezeTally = (tally: Tally): FrozenTally => ({ ...tally, exhausted: [...tally.exhausted] });
const thawTally = (frozen: FrozenTally): Tally => ({ ...frozen, exhausted: new Set(frozen.exhausted) });

export const freezeRunSpending = (spending: RunSpending): FrozenRunSpending => ({ ...spending, exhausted: [...spending.exhausted], steps: [...spending.steps], calls: [...spending.calls] });

export const thawRunSpending = (frozen: FrozenRunSpending): RunSpending => ({
  ...frozen,
  exhausted: new Set(frozen.exhausted),
  steps: new Set(frozen.steps) as RunSpending['steps'],
  calls: new Map(frozen.calls),
});

export const freezeSpending = (spending: ReadonlyMap<string, WorkflowSpending>): readonly FrozenWorkflow[] =>
  [...spending].map(([key, { periods, errors, ...rest }]) => ({
    key,
    ...rest,
    periods: [...periods].map(([period, tally]) => [period, freezeTally(tally)] as const),
    errors: [...errors].map(([tool, window]) => [tool, window.freeze()] as const),
  }));

export const thawSpending = (frozen: readonly FrozenWorkflow[]): Map<string, WorkflowSpending> =>
  new Map(
    frozen.map(({ key, periods, errors, ...rest }) => [
      key,
      { ...rest, periods: new Map(periods.map(([period, tally]) => [period, thawTally(tally)])), errors: new Map(errors.map(([tool, window]) => [tool, new ErrorWindow(window)])) },
    ]),
  );
