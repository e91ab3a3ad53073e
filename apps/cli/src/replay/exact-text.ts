import { canonicalJson, type Json, type Millis } from '@countersign/kernel';
import type { Divergence, Missing } from '@countersign/replay';
import { shortId } from '../terminal/short.js';
import { oneLine } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { latency } from '../terminal/when.js';
import { divergedIn, type ExactReport, type ReplayedRun } from './exact.js';

const count = (value: number): string => value.toLocaleString('en');

const row = ({ bundle: { run, tenant, workflow, outcome, events, from, until }, divergence }: ReplayedRun, { colors }: View): readonly string[] => [
  shortId(run),
  oneLine(`${tenant}/${workflow}`),
  outcome ?? 'open',
  count(events.length),
  latency(until - from),
  divergence ? colors.red(`diverged: ${oneLine(divergence.service)} at ${oneLine(divergence.trigger)}: ${oneLine(divergence.why)}`) : colors.green('equal'),
];

const LONGEST_SIDE = 2_000;

const side = (name: string, value: Json | undefined): string => (value === undefined ? `  ${name}  nothing` : `  ${name}  ${oneLine(canonicalJson(value).slice(0, LONGEST_SIDE))}`);

/** Both sides of a place at which two replays differ. */
export const divergenceText = ({ run, service, at, trigger, why, difference, original, replayed }: Divergence, { colors }: View): string =>
  [
    colors.bold(`first divergence: ${shortId(run)}, ${service} at ${at}, handling ${oneLine(trigger)}`),
    `  ${oneLine(why)}`,
    side('original', difference ? difference.original : original),
    side('replayed', difference ? difference.replayed : replayed),
  ].join('\n');

const gone = ({ run, key, destroyed, values }: Missing): string => `${shortId(run)}: nobody can read ${count(values)} sealed ${values === 1 ? 'value' : 'values'} any more: key ${oneLine(key)} was destroyed at ${destroyed}`;

/** One line a run, the first divergence with both sides, and what it took. */
export const exactText = (report: ExactReport, readMs: Millis, view: View): string => {
  const { runs, events, quiet, missing, originalMs, busyMs, replayMs } = report;
  const [first] = divergedIn(report);
  const equal = runs.filter(({ divergence }) => !divergence).length;
  const { colors } = view;
  const verdict = `${first ? colors.red(colors.bold('NOT EQUAL')) : colors.green(colors.bold('equal'))}: ${count(equal)} of ${count(runs.length)} runs, ${count(events)} events byte for byte, ${count(quiet)} inputs that led to nothing`;
  const times = (ms: number): string => `${(ms / Math.max(replayMs, 1)).toFixed(1)} x`;
  const speed = `${latency(originalMs)} of original time, ${latency(busyMs)} of it with a run open, in ${latency(Math.round(replayMs))}: ${times(originalMs)}, ${times(busyMs)}; the archive was read in ${latency(Math.round(readMs))}`;
  return [table(['RUN', 'WORKFLOW', 'OUTCOME', 'EVENTS', 'ORIGINAL', 'REPLAY'], runs.map((each) => row(each, view)), view.width), '', ...(first ? [divergenceText(first, view), ''] : []), verdict, ...missing.map(gone), speed].join('\n');
};
