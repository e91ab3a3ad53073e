import { sql, type RawBuilder, type Transaction } from 'kysely';
import { MERGING, type MergedTable } from './fold/patch.js';
import type { MergedRow } from './fold/merge-patches.js';
import type { Tables } from './tables.js';

/** Larger statements save nothing more. */
const ROWS_PER_STATEMENT = 1_000;

/** JSON of a NUL or of half a surrogate pair, and of some texts that only look so. */
const UNCLEAN = /\\u(?:0000|d[89a-f])/;

const clean = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value);

/** PostgreSQL's text has no NUL and no half of a surrogate pair; what upstream systems say, and where a message was cut, may leave one. */
const jsonOf = (rows: readonly MergedRow[]): string => {
  const text = JSON.stringify(rows);
  return UNCLEAN.test(text) ? JSON.stringify(rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, clean(value)])))) : text;
};

/**
 * Adds rows; `onConflict` says what becomes of those whose key is there. All rows are one JSON parameter: a statement with a parameter
 * for each value costs both sides three times as much, and its text is another one for each number of rows.
 */
export const insertRows = async (trx: Transaction<Tables>, table: keyof Tables, columns: readonly string[], rows: readonly MergedRow[], onConflict: RawBuilder<unknown>): Promise<void> => {
  const names = sql.join(columns.map((column) => sql.ref(column)));
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const values = jsonOf(rows.slice(from, from + ROWS_PER_STATEMENT));
    await sql`insert into ${sql.table(table)} (${names}) select ${names} from json_populate_recordset(null::${sql.table(table)}, ${values}::json) on conflict ${onConflict}`.execute(trx);
  }
};

export const KEEP = sql`do nothing`;

/** Adds rows or lets those that are there grow, see `Merging`. */
const mergeRows = async (trx: Transaction<Tables>, table: MergedTable, rows: readonly MergedRow[]): Promise<void> => {
  const { key, first, newest } = MERGING[table];
  const columns = [...key, ...first, ...newest];
  const assignments = columns
    .filter((column) => !key.includes(column))
    .map((column) => {
      const [is, comes] = [sql.ref(`${table}.${column}`), sql.ref(`excluded.${column}`)];
      return sql`${sql.ref(column)} = ${first.includes(column) ? sql`coalesce(${is}, ${comes})` : sql`coalesce(${comes}, ${is})`}`;
    });
  if (assignments.length === 0) return insertRows(trx, table, columns, rows, KEEP);
  await insertRows(trx, table, columns, rows, sql`(${sql.join(key.map((column) => sql.ref(column)))}) do update set ${sql.join(assignments)}`);
};

/** All rows, table by table in the one order in which every transaction takes them: two of them cannot wait for each other. */
export const mergeAll = async (trx: Transaction<Tables>, merged: ReadonlyMap<MergedTable, readonly MergedRow[]>): Promise<void> => {
  for (const table of Object.keys(MERGING) as MergedTable[]) {
    const rows = merged.get(table);
    if (rows) await mergeRows(trx, table, rows);
  }
};
