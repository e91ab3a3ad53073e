import { CountersignError } from '@countersign/kernel';
import { atOffset, isWhole, restsOnTape, type RunBundle } from '@countersign/replay';
import type { CommandContext } from '../command-context.js';
import { ARCHIVED_SOON, theRun } from '../ledger/the-run.js';
import { countOption } from '../terminal/option-values.js';
import { viewOf } from '../terminal/view.js';
import type { ArchivedTape } from './read-tape.js';

const MOST_RUNS = 1_000_000;

/** The run that a person means by an id or its start, with or without `run-`. Throws `NOT_FOUND` and `USAGE`. */
export const findTapedRun = (context: CommandContext, { runs }: Pick<ArchivedTape, 'runs'>, typed: string): RunBundle =>
  theRun(runs.map((bundle) => ({ id: bundle.run, bundle })), typed, viewOf(context), ({ id, bundle }) => `${id}  ${bundle.tenant}/${bundle.workflow}  ${bundle.outcome ?? 'open'}`).bundle;

/** The runs that are named, or the last that have come to their end, oldest first. */
export const chosenRuns = (context: CommandContext, tape: Pick<ArchivedTape, 'runs' | 'tapes'>, typed: readonly string[], last: string | undefined): readonly RunBundle[] => {
  if (typed.length > 0 === (last !== undefined)) throw new CountersignError('USAGE', 'which runs are meant is not said', { hint: 'name them, or `--last 50`' });
  if (last === undefined) return typed.map((each) => findTapedRun(context, tape, each));
  const most = countOption('--last', last, MOST_RUNS);
  const tapes = new Map(tape.tapes.map(({ partition, topics }) => [partition, topics]));
  const isThere: Parameters<typeof restsOnTape>[1] = (topic, partition, offset) => atOffset(tapes.get(partition)?.[topic] ?? [], offset) !== undefined;
  const whole: RunBundle[] = [];
  for (const bundle of tape.runs.toReversed()) {
    if (whole.length === most) break;
    if (isWhole(bundle) && restsOnTape(bundle, isThere)) whole.unshift(bundle);
  }
  if (whole.length === 0) throw new CountersignError('NOT_FOUND', 'no run of the archive has come to its end', { hint: ARCHIVED_SOON });
  return whole;
};
