import { sql, type Transaction } from 'kysely';
import { decodeEvent } from '@countersign/contracts';
import { foldEvent, patchesOf } from './fold/fold-event.js';
import { mergePatches, type MergedRow } from './fold/merge-patches.js';
import { MERGING, type MergedTable } from './fold/patch.js';
import { mergeAll } from './insert-rows.js';
import type { ProjectedRecord } from './projected-event.js';
import type { Tables } from './tables.js';

const remove = async (trx: Transaction<Tables>, table: MergedTable, rows: readonly MergedRow[]): Promise<void> => {
  const { key } = MERGING[table];
  const keys = rows.map((row) => sql`(${sql.join(key.map((column) => row[column]))})`);
  await sql`delete from ${sql.table(table)} where (${sql.join(key.map((column) => sql.ref(column)))}) in (${sql.join(keys)})`.execute(trx);
};

/** Makes the rows of a run again from all its events, each topic in the order of the log. */
const refold = async (trx: Transaction<Tables>, run: string): Promise<void> => {
  const rows = await trx.selectFrom('events').selectAll().where('run', '=', run).where('event', 'is not', null).orderBy('topic').orderBy('partition').orderBy('offset').execute();
  const merged = mergePatches(rows.flatMap((row) => foldEvent(decodeEvent(Buffer.from(row.event ?? '')), Date.parse(row.recorded_at), row)));
  for (const [table, grown] of merged) await remove(trx, table, grown);
  await mergeAll(trx, merged);
};

/** Takes in records from before the model's end: their runs come out as if they had been read in their place. */
export const takeInLate = async (trx: Transaction<Tables>, records: readonly ProjectedRecord[]): Promise<void> => {
  if (records.length === 0) return;
  const runs = new Set(records.flatMap(({ known }) => known?.event.run ?? []));
  for (const run of runs) await refold(trx, run);
  await mergeAll(trx, mergePatches(records.filter(({ known }) => known?.event.run === undefined).flatMap(patchesOf)));
  for (const { topic, partition, offset } of records) {
    await trx.deleteFrom('rejected_records').where('topic', '=', topic).where('partition', '=', partition).where('offset', '=', offset).execute();
  }
};
