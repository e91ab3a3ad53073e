import { cut, pad, widthOf } from './width.js';

/** Columns, aligned and two spaces apart. The last column is cut where `width` is given and too small; nothing is cut in a pipe. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], width?: number): string => {
  const widths = head.map((title, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))));
  const line = (cells: readonly string[]): string => {
    const text = cells.map((cell, column) => (column === cells.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join('  ').trimEnd();
    return width === undefined ? text : cut(text, width);
  };
  return [line(head), ...rows.map(line)].join('\n');
};
