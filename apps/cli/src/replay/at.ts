import { scopeText } from '@countersign/domain';
import { timestamp } from '@countersign/kernel';
import type { Action } from '../command-context.js';
import { budgetsText } from '../budgets/budgets-text.js';
import { EXIT } from '../exit-codes.js';
import { stateOfStop, stopsTable } from '../stop/stops-text.js';
import { timeOption } from '../terminal/option-values.js';
import { oneLine } from '../terminal/safe-text.js';
import { shortHash, shortId } from '../terminal/short.js';
import { table } from '../terminal/table.js';
import { viewOf, type View } from '../terminal/view.js';
import { findTapedRun } from './find-runs.js';
import { momentOf, requireOnTape, runAt, type Moment, type RunThen } from './moment.js';
import { readTape, type TapeOptions } from './read-tape.js';

interface AtOptions extends TapeOptions {
  readonly run?: string;
}

const runText = ({ run, events, state }: RunThen, width: number | undefined): readonly string[] => [
  `${shortId(run.run)}: ${events.length} of ${run.events.length} events, ${oneLine(state)}`,
  table(['TIME', 'EVENT', 'STEP'], events.map(({ event }) => [event.time, event.type.replace('countersign.', ''), oneLine(event.step ?? '')]), width),
];

const momentText = ({ time, control, active, stops, budgets, open }: Moment, view: View): readonly string[] => [
  `at ${timestamp(time)}, ${control < 0 ? 'before the first control' : `control ${control}`}`,
  active ? `configuration: version ${active.version}, ${shortHash(active.hash)}, policy set ${shortHash(active.policySet.hash)}` : 'configuration: none was in force',
  stops.length === 0 ? 'switches: nothing was stopped' : stopsTable(stops, view),
  open.length === 1 ? 'runs: 1 was open' : `runs: ${open.length} were open`,
  ...open.filter(({ state }) => state !== 'open').map(({ run, state }) => `  ${shortId(run.run)} ${oneLine(state)}`),
  ...(budgets.length > 0 ? ['', budgetsText(budgets, view)] : []),
];

/** Configuration, switches, budgets and a run, as they were at a moment: by the clock of Kafka. */
export const replayAt: Action<AtOptions> = async (context, { args: [typed = ''], options }) => {
  const time = timeOption('replay at', typed, context.clock.now());
  const tape = await readTape(context, options);
  requireOnTape(tape, time, viewOf(context));
  const moment = momentOf(tape, time);
  const { active, stops, open } = moment;
  const run = options.run === undefined ? undefined : runAt(findTapedRun(context, tape, options.run), time);
  const view = { ...viewOf(context), now: time };
  context.terminal.result(
    () => [...momentText(moment, view), ...(run ? ['', ...runText(run, view.width)] : [])].join('\n'),
    () => ({
      at: timestamp(time),
      control: moment.control,
      configuration: active ? { version: active.version, hash: active.hash, policySet: active.policySet.hash } : null,
      stops: stops.map((stop) => ({ scope: scopeText(stop), state: stateOfStop(stop), since: timestamp(stop.at), by: stop.by, reason: stop.reason })),
      budgets: moment.budgets,
      openRuns: open.map((each) => each.run.run),
      waiting: open.filter(({ state }) => state !== 'open').map((each) => ({ run: each.run.run, state: each.state })),
      ...(run && { run: { id: run.run.run, state: run.state, of: run.run.events.length, events: run.events.map(({ event }) => ({ id: event.id, type: event.type, step: event.step ?? null, time: event.time })) } }),
    }),
  );
  return EXIT.ok;
};
