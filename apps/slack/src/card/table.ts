import type { Row } from './rows.js';
import { cutTo, lettersOf } from './safe-text.js';

/** Letters that a cell has room for. */
export interface Room {
  readonly field: number;
  readonly value: number;
}

const LONGEST: Room = { field: 28, value: 44 };

const widthOf = (texts: readonly string[]): number => Math.max(...texts.map(lettersOf));
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lettersOf(text)));

/** `field | now | after` in letters of one width; `now` is left out where nobody looked. */
export const tableOf = (rows: readonly Row[], longest: Room = LONGEST): string => {
  const hasNow = rows.some(({ now }) => now !== undefined);
  const cells = rows.map(({ field, now = '', after }) => [cutTo(field, longest.field), ...(hasNow ? [cutTo(now, longest.value)] : []), cutTo(after, longest.value)]);
  const all = [['field', ...(hasNow ? ['now'] : []), hasNow ? 'after' : 'value'], ...cells];
  const widths = (all[0] ?? []).map((_, column) => widthOf(all.map((row) => row[column] ?? '')));
  return all.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : padded(cell, widths[column] ?? 0))).join(' | ')).join('\n');
};

/** Whether a table of the rows says less than the rows do. */
export const isCut = (rows: readonly Row[], longest: Room = LONGEST): boolean => rows.some(({ field, now = '', after }) => lettersOf(field) > longest.field || lettersOf(now) > longest.value || lettersOf(after) > longest.value);
