import { MERGING, type MergedTable, type Patch } from './patch.js';

/** A row to be written; a column that is not there or null stays as it is. */
export type MergedRow = Readonly<Record<string, unknown>>;

const keyOf = (table: MergedTable, row: MergedRow): string => JSON.stringify(MERGING[table].key.map((column) => row[column]));

const grow = (table: MergedTable, before: MergedRow, after: MergedRow): MergedRow => {
  const merged: Record<string, unknown> = { ...before };
  for (const [column, value] of Object.entries(after)) {
    if (value === null || value === undefined) continue;
    const isSettled = MERGING[table].first.includes(column) && merged[column] !== undefined && merged[column] !== null;
    if (!isSettled) merged[column] = value;
  }
  return merged;
};

/**
 * One row for each key, as PostgreSQL would come to if it took the patches one by one: a statement may touch a row only once.
 * Rows are sorted by key, so that two transactions lock them in the same order.
 */
export const mergePatches = (patches: readonly Patch[]): ReadonlyMap<MergedTable, readonly MergedRow[]> => {
  const tables = new Map<MergedTable, Map<string, MergedRow>>();
  for (const { table, row } of patches) {
    const rows = tables.get(table) ?? new Map<string, MergedRow>();
    tables.set(table, rows);
    const key = keyOf(table, { ...row });
    rows.set(key, grow(table, rows.get(key) ?? {}, { ...row }));
  }
  return new Map([...tables].map(([table, rows]) => [table, [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)]));
};
