import { evolveDecisions, initialDecisions, scopeText, standingStops, workflowKey, type DecisionState } from '@countersign/domain';
import { partitionOf } from '@countersign/contracts';
import { CountersignError, parseTimestamp, timestamp, type Instant } from '@countersign/kernel';
import type { PartitionTape, RunBundle } from '@countersign/replay';
import { periodsOf } from '@countersign/tools';
import type { Action } from '../command-context.js';
import { budgetsIn, type WorkflowBudget } from '../budgets/budget-rows.js';
import { budgetsText } from '../budgets/budgets-text.js';
import { EXIT } from '../exit-codes.js';
import { stateOfStop, stopsTable } from '../stop/stops-text.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortHash, shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { readTape, type TapeOptions } from './read-tape.js';

interface AtOptions extends TapeOptions {
  readonly run?: string;
}

/** What policy knew at a time: a fold of what it had written by then. */
export const decisionsAt = (tape: PartitionTape | undefined, time: Instant): DecisionState =>
  (tape?.topics.decisions ?? []).reduce((state, { event, cause, record }) => (record.timestamp <= time ? evolveDecisions(state, event, cause) : state), initialDecisions());

const timeOf = (text: string): Instant => {
  const at = parseTimestamp(text);
  if (at === undefined) throw new CountersignError('USAGE', `\`${text}\` is no time`, { hint: 'write one such as `2026-01-02T03:04:05Z`' });
  return at;
};

/** What of a run had happened by then. */
const runAt = (bundle: RunBundle, time: Instant): RunBundle['events'] => bundle.events.filter(({ record }) => record.timestamp <= time);

/** A run that waits is open however long ago its last event was. */
const closedAt = ({ events }: RunBundle): number => events.find(({ type }) => type === 'countersign.run.closed')?.record.timestamp ?? Infinity;

/** Configuration, switches, budgets and a run, as they were at a moment: by the clock of Kafka. */
export const replayAt: Action<AtOptions> = async (context, { args: [typed = ''], options }) => {
  const { terminal } = context;
  const time = timeOf(typed);
  const tape = await readTape(context, options);
  const { epoch, state: controls } = tape.controls.atTime(time);
  const tapeOf = (key: string): PartitionTape | undefined => tape.tapes.find(({ partition }) => partition === partitionOf(key, tape.partitions));
  const states = new Map<PartitionTape | undefined, DecisionState>();
  const stateOf = (tenant: string, workflow: string): DecisionState => {
    const found = tapeOf(workflowKey({ tenant, workflow }));
    const known = states.get(found) ?? decisionsAt(found, time);
    states.set(found, known);
    return known;
  };
  const budgets: readonly WorkflowBudget[] = budgetsIn(controls, stateOf, time, periodsOf);
  const stops = standingStops(controls.stops);
  const run = options.run === undefined ? undefined : findTapedRun(context, tape, options.run);
  const happened = run && runAt(run, time);
  const open = tape.runs.filter((bundle) => bundle.from <= time && closedAt(bundle) > time);
  const view = { ...viewOf(context), now: time };
  const { active } = controls;
  terminal.result(
    () =>
      [
        `at ${timestamp(time)}, ${epoch < 0 ? 'before the first control' : `control ${epoch}`}`,
        active ? `configuration: version ${active.version}, ${shortHash(active.hash)}, policy set ${shortHash(active.policySet.hash)}` : 'configuration: none was in force',
        stops.length === 0 ? 'switches: nothing was stopped' : stopsTable(stops, view),
        open.length === 1 ? 'runs: 1 was open' : `runs: ${open.length} were open`,
        ...(budgets.length > 0 ? ['', budgetsText(budgets, view)] : []),
        ...(run && happened
          ? ['', `${shortId(run.run)}: ${happened.length} of ${run.events.length} events`, table(['TIME', 'EVENT', 'STEP'], happened.map(({ event }) => [event.time, event.type.replace('countersign.', ''), oneLine(event.step ?? '')]), view.width)]
          : []),
      ].join('\n'),
    () => ({
      at: timestamp(time),
      control: epoch,
      configuration: active ? { version: active.version, hash: active.hash, policySet: active.policySet.hash } : null,
      stops: stops.map((stop) => ({ scope: scopeText(stop), state: stateOfStop(stop), since: timestamp(stop.at), by: stop.by, reason: stop.reason })),
      budgets,
      openRuns: open.map((bundle) => bundle.run),
      ...(run && happened && { run: { id: run.run, of: run.events.length, events: happened.map(({ event }) => ({ id: event.id, type: event.type, step: event.step ?? null, time: event.time })) } }),
    }),
  );
  return EXIT.ok;
};
