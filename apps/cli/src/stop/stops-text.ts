import { scopeText, type KillSwitch, type ModeSetting } from '@countersign/domain';
import { timestamp } from '@countersign/kernel';
import type { BacklogLine } from '../ledger/shapes.js';
import { oneLine } from '../terminal/safe-text.js';
import { who } from '../terminal/short.js';
import { table, wrappedTable } from '../terminal/table.js';
import type { View } from '../terminal/view.js';
import { age } from '../terminal/when.js';

export type Standing = KillSwitch | ModeSetting;

export const stateOfStop = (stop: Standing): string => ('mode' in stop ? stop.mode : 'killed');

export const stopsTable = (stops: readonly Standing[], { colors, width, now }: View): string =>
  wrappedTable(
    ['SCOPE', 'STATE', 'SINCE', 'BY', 'REASON'].map((title) => colors.bold(title)),
    stops.map((stop) => [scopeText(stop), 'mode' in stop ? colors.yellow(stop.mode) : colors.red('killed'), age(timestamp(stop.at), now), who(stop.by), oneLine(stop.reason)]),
    width,
  );

/** What has queued, by what it waits for and by tool, the oldest first. */
export const backlogTable = (lines: readonly BacklogLine[], aged: boolean, { colors, width, now }: View): string => {
  if (lines.length === 0) return 'nothing has queued';
  const rows = lines.map((line) => [
    line.waitsFor,
    `${line.tenant}/${line.workflow}`,
    line.tool,
    line.effect,
    String(line.count),
    ...(aged ? [line.older > 0 ? colors.red(String(line.older)) : '0'] : []),
    age(line.oldest, now),
    age(line.newest, now),
  ]);
  return table(['WAITS FOR', 'WORKFLOW', 'TOOL', 'EFFECT', 'QUEUED', ...(aged ? ['DROPPED'] : []), 'OLDEST', 'NEWEST'].map((title) => colors.bold(title)), rows, width);
};
