import type { RunSummary } from '../../ledger/shapes.js';
import { oneLine } from '../../terminal/safe-text.js';
import { shortId } from '../../terminal/short.js';
import { readingWidth, type View } from '../../terminal/view.js';
import { pad, widthOf, wrap } from '../../terminal/width.js';
import { paint, stateOf } from '../paint.js';
import { areDifferent, type Compared } from './compare-runs.js';
import { BY_NATURE } from './facts-of-run.js';

const INDENT = 2;
/** Between columns. */
const GAP = 2;
/** Names are paths into what strangers wrote: longer ones go on below. */
const NAME_COLUMNS = 24;
/** Narrower than this nobody reads two values side by side. */
const NARROWEST = 16;

/** Three columns; each goes on below itself where it has too little room. */
const columns = (cells: readonly [string, string, string], widths: readonly [number, number, number]): readonly string[] => {
  const wrapped = cells.map((cell, column) => (widthOf(cell) <= (widths[column] ?? 0) ? [cell] : wrap(cell, widths[column] ?? NARROWEST)));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => wrapped.map((lines, column) => pad(lines[line] ?? '', (widths[column] ?? 0) + GAP)).join('').trimEnd());
};

const headOf = (run: RunSummary, { colors }: View): string => `${colors.bold(shortId(run.id))}  ${paint(stateOf(run), colors)}  ${oneLine(`${run.tenant}/${run.workflow}`)}  ${oneLine(run.task ?? '-')}`;

/** Two runs side by side; only what differs unless `all`. */
export const diffText = (a: RunSummary, b: RunSummary, rows: readonly Compared[], all: boolean, view: View): string => {
  const { colors } = view;
  const shown = rows.filter(({ differs }) => all || differs);
  const natural = Math.max(shortId(a.id).length, ...shown.map((row) => widthOf(oneLine(row.a?.value ?? '-'))));
  const names = Math.min(NAME_COLUMNS, Math.max(0, ...shown.map(({ name }) => widthOf(oneLine(name)))));
  const half = Math.max(NARROWEST, Math.floor((readingWidth(view) - INDENT - names - 2 * GAP) / 2));
  const widths = [names, Math.min(half, natural), half] as const;
  const line = (cells: readonly [string, string, string]): readonly string[] => columns(cells, widths).map((text) => `${' '.repeat(INDENT)}${text}`);
  const sections = [...new Set(shown.map(({ section }) => section))].flatMap((section) => [
    '',
    colors.bold(oneLine(section)) + (section === BY_NATURE ? colors.dim(', which make no difference') : ''),
    ...shown.filter((row) => row.section === section).flatMap((row) => {
      const lines = line([oneLine(row.name), oneLine(row.a?.value ?? '-'), oneLine(row.b?.value ?? '-')]);
      return all && row.differs && section !== BY_NATURE ? lines.map((text) => colors.yellow(text)) : lines;
    }),
  ]);
  const verdict = areDifferent(rows) ? [] : ['', colors.green('equal but for ids and times')];
  return [headOf(a, view), headOf(b, view), ...(shown.length > 0 ? ['', ...line(['', shortId(a.id), shortId(b.id)])] : []), ...sections, ...verdict].join('\n');
};
