import { stripVTControlCharacters } from 'node:util';

/** Shown width of a text: colour codes take no room. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

const cut = (text: string, width: number): string => (widthOf(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, Math.max(0, width - 1))}…`);

/** Columns, aligned and two spaces apart. The last column is cut where `width` is given and too small; nothing is cut in a pipe. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], width?: number): string => {
  const widths = head.map((title, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))));
  const line = (cells: readonly string[]): string => {
    const text = cells.map((cell, column) => (column === cells.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))).join('  ');
    return width === undefined ? text : cut(text, width);
  };
  return [line(head), ...rows.map(line)].join('\n');
};
