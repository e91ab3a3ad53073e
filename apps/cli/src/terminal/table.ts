import { cut, pad, widthOf, wrap } from './width.js';

interface Columns {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Narrower than this a last column is cut rather than wrapped. */
const NARROWEST = 16;

/** Columns, aligned and two spaces apart, with the last one apart. */
const layOut = ({ head, rows }: Columns): { readonly lines: readonly { readonly start: string; readonly last: string }[]; readonly indent: number } => {
  const widths = head.slice(0, -1).map((title, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))));
  const lines = [head, ...rows].map((cells) => ({ start: widths.map((width, column) => `${pad(cells[column] ?? '', width)}  `).join(''), last: cells[head.length - 1] ?? '' }));
  return { lines, indent: widths.reduce((sum, width) => sum + width + 2, 0) };
};

/** A table whose lines are cut where the terminal is too narrow. Nothing is cut in a pipe, which has no `width`. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], width?: number): string =>
  layOut({ head, rows })
    .lines.map(({ start, last }) => `${start}${last}`.trimEnd())
    .map((line) => (width === undefined ? line : cut(line, width)))
    .join('\n');

/** A table whose last column goes on below itself where the terminal is too narrow: nothing of it is lost. */
export const wrappedTable = (head: readonly string[], rows: readonly (readonly string[])[], width?: number): string => {
  const { lines, indent } = layOut({ head, rows });
  if (width === undefined || width - indent < NARROWEST) return table(head, rows, width);
  return lines
    .flatMap(({ start, last }) => {
      const parts = widthOf(last) <= width - indent ? [last] : wrap(last, width - indent);
      return parts.map((part, index) => `${index === 0 ? start : ' '.repeat(indent)}${part}`.trimEnd());
    })
    .join('\n');
};
