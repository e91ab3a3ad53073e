import type { Millis, RunId } from '@countersign/kernel';
import { engineOf, type EngineName } from '@countersign/policy-engines';
import { busyTimeOf, ExactReplay, missingIn, newSandbox, type Divergence, type Missing, type RunBundle } from '@countersign/replay';
import type { Action, CommandContext } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { viewOf } from '../terminal/view.js';
import { exactText } from './exact-text.js';
import { chosenRuns } from './find-runs.js';
import { withoutNetwork } from './no-network.js';
import { readTape, type ArchivedTape, type TapeOptions } from './read-tape.js';

interface ExactOptions extends TapeOptions {
  readonly last?: string;
  readonly engine: EngineName;
}

export interface ReplayedRun {
  readonly bundle: RunBundle;
  /** The first place at which it differs; absent where it is equal. */
  readonly divergence?: Divergence;
}

export interface ExactReport {
  readonly runs: readonly ReplayedRun[];
  /** Events that were written once more and are equal. */
  readonly events: number;
  /** What was sealed in them and cannot be read any more. */
  readonly missing: readonly Missing[];
  /** Inputs for which nothing was written, and nothing would be. */
  readonly quiet: number;
  /** From when the first of the runs was handed in to the last event of the last, for how much of it one of them was open, and what the replay took; milliseconds. */
  readonly originalMs: number;
  readonly busyMs: number;
  readonly replayMs: number;
}

/** Replays runs of a tape with the network shut. */
export const exactReport = async (tape: Pick<ArchivedTape, 'tapes' | 'controls' | 'partitions' | 'trustDomain'>, bundles: readonly RunBundle[], engine: EngineName): Promise<ExactReport> => {
  const wanted = new Set(bundles.map(({ run }) => run));
  const first = new Map<RunId, Divergence>();
  const sandbox = newSandbox({ ...tape, engine: engineOf(engine) });
  for (const epoch of new Set(bundles.flatMap(({ events }) => events.map(({ controlEpoch }) => controlEpoch)))) sandbox.prepare(tape.controls.at(epoch));
  const onDivergence = (found: Divergence): void => {
    const known = first.get(found.run);
    if (!known || found.at < known.at) first.set(found.run, found);
  };
  let [events, quiet, replayMs] = [0, 0, 0];
  await withoutNetwork(async () => {
    for (const partition of tape.tapes.filter(({ partition: number }) => bundles.some((bundle) => bundle.partition === number))) {
      const replay = new ExactReplay({ tape: partition, controls: tape.controls, sandbox, isCompared: (run) => wanted.has(run), onDivergence });
      replay.restore();
      const began = performance.now();
      const compared = await replay.run();
      replayMs += performance.now() - began;
      events += compared.events;
      quiet += compared.quiet;
    }
  });
  const runs = bundles.map((bundle): ReplayedRun => {
    const divergence = first.get(bundle.run);
    return { bundle, ...(divergence && { divergence }) };
  });
  const originalMs = Math.max(...bundles.map(({ until }) => until)) - Math.min(...bundles.map(({ from }) => from));
  return { runs, events, quiet, missing: missingIn(tape.tapes, bundles), originalMs, busyMs: busyTimeOf(bundles), replayMs };
};

export const divergedIn = ({ runs }: ExactReport): readonly Divergence[] => runs.flatMap(({ divergence }) => divergence ?? []).toSorted((one, other) => one.at.localeCompare(other.at));

const objectOf = (report: ExactReport, readMs: Millis): object => ({
  equal: divergedIn(report).length === 0,
  runs: report.runs.map(({ bundle: { run, tenant, workflow, outcome, events, from, until }, divergence }) => ({ run, tenant, workflow, outcome: outcome ?? null, events: events.length, originalMs: until - from, equal: divergence === undefined, ...(divergence && { divergence }) })),
  events: report.events,
  quiet: report.quiet,
  missing: report.missing,
  originalMs: report.originalMs,
  busyMs: report.busyMs,
  replayMs: Math.round(report.replayMs),
  readMs: Math.round(readMs),
  speed: Number((report.originalMs / Math.max(report.replayMs, 1)).toFixed(1)),
});

/** Decides runs once more as they were decided, and compares. Exits 9 where anything differs. */
export const replayExact: Action<ExactOptions> = async (context: CommandContext, { args, options }): Promise<ExitCode> => {
  const began = performance.now();
  const tape = await readTape(context, options);
  const bundles = chosenRuns(context, tape, args, options.last);
  const readMs = (performance.now() - began) as Millis;
  const report = await exactReport(tape, bundles, options.engine);
  context.terminal.result(
    () => exactText(report, readMs, viewOf(context)),
    () => objectOf(report, readMs),
  );
  return divergedIn(report).length === 0 ? EXIT.ok : EXIT.drift;
};
