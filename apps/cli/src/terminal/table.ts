import { cut, pad, widthOf, wrap } from './width.js';

interface Columns {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The last column says most: the others give way before it gets less than this, and below it it is cut rather than wrapped. */
const NARROWEST = 16;

/** No column is narrower than this, or than its title. */
const LEAST = 8;

/** Widths of the columns before the last one: where the last would have too little, the widest give way, each as far as it must. */
const fitted = (head: readonly string[], natural: readonly number[], last: number, width: number): readonly number[] => {
  const widths = [...natural];
  const floors = head.map((title) => Math.max(widthOf(title), LEAST));
  const room = width - Math.min(last, NARROWEST);
  const used = (): number => widths.reduce((sum, each) => sum + each + 2, 0);
  while (used() > room) {
    const widest = widths.reduce((best, each, column) => (each > (floors[column] ?? 0) && each > (best < 0 ? 0 : (widths[best] ?? 0)) ? column : best), -1);
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
};

/** Columns, aligned and two spaces apart, with the last one apart. */
const layOut = ({ head, rows }: Columns, width?: number): { readonly lines: readonly { readonly start: string; readonly last: string }[]; readonly indent: number } => {
  const all = [head, ...rows];
  const widest = (column: number): number => Math.max(...all.map((row) => widthOf(row[column] ?? '')));
  const natural = head.slice(0, -1).map((_, column) => widest(column));
  const widths = width === undefined ? natural : fitted(head, natural, widest(head.length - 1), width);
  const lines = all.map((cells) => ({ start: widths.map((each, column) => `${pad(cut(cells[column] ?? '', each), each)}  `).join(''), last: cells[head.length - 1] ?? '' }));
  return { lines, indent: widths.reduce((sum, each) => sum + each + 2, 0) };
};

/** A table whose lines are cut where the terminal is too narrow. Nothing is cut in a pipe, which has no `width`. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], width?: number): string =>
  layOut({ head, rows }, width)
    .lines.map(({ start, last }) => `${start}${last}`.trimEnd())
    .map((line) => (width === undefined ? line : cut(line, width)))
    .join('\n');

/** A table whose last column goes on below itself where the terminal is too narrow: nothing of it is lost. */
export const wrappedTable = (head: readonly string[], rows: readonly (readonly string[])[], width?: number): string => {
  const { lines, indent } = layOut({ head, rows }, width);
  if (width === undefined || width - indent < NARROWEST) return table(head, rows, width);
  return lines
    .flatMap(({ start, last }) => {
      const parts = widthOf(last) <= width - indent ? [last] : wrap(last, width - indent);
      return parts.map((part, index) => `${index === 0 ? start : ' '.repeat(indent)}${part}`.trimEnd());
    })
    .join('\n');
};
