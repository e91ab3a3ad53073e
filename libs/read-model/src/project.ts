import { sql, type Transaction } from 'kysely';
import { CountersignError } from '@countersign/kernel';
import { patchesOf } from './fold/fold-event.js';
import { mergePatches, type MergedRow } from './fold/merge-patches.js';
import { timeAt, timeOf } from './fold/patch.js';
import { insertRows, KEEP, mergeAll } from './insert-rows.js';
import type { ProjectedRecord, ProjectionBatch, RejectedRecord } from './projected-event.js';
import { takeInLate } from './take-in-late.js';
import type { EventRow, PositionRow, RejectedRow, Tables } from './tables.js';

const EVENT_COLUMNS = ['topic', 'partition', 'offset', 'id', 'type', 'tenant', 'workflow', 'run', 'step', 'actor', 'time', 'causes', 'sha256', 'recorded_at', 'event'] as const satisfies readonly (keyof EventRow)[];
const REJECTED_COLUMNS = ['topic', 'partition', 'offset', 'code', 'message', 'sha256', 'recorded_at'] as const satisfies readonly (keyof RejectedRow)[];
const POSITION_COLUMNS = ['topic', 'partition', 'next_offset', 'reader'] as const satisfies readonly (keyof PositionRow)[];

const eventRow = ({ topic, partition, offset, sha256, timestamp, known }: ProjectedRecord): MergedRow => {
  const row = { topic, partition, offset, sha256, recorded_at: timeAt(timestamp) };
  if (known === undefined) return row;
  const { id, type, tenant, workflow, run, step, actor, time, causes } = known.event;
  return { ...row, id, type, tenant, workflow, run, step, actor, causes, time: timeOf(time, timestamp), event: known.value.toString('utf8') };
};

const rejectedRow = ({ topic, partition, offset, code, message, sha256, timestamp }: RejectedRecord): MergedRow => ({ topic, partition, offset, code, message, sha256, recorded_at: timeAt(timestamp) });

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string => `${topic}/${partition}`;

/** Positions of the batches' topic partitions, locked: another process that projects the same ones waits here. */
const lockPositions = async (trx: Transaction<Tables>, batches: readonly ProjectionBatch[]): Promise<Map<string, number>> => {
  const rows = await trx
    .selectFrom('positions')
    .select(['topic', 'partition', 'next_offset'])
    .where((where) => where(where.refTuple('topic', 'partition'), 'in', batches.map(({ topic, partition }) => where.tuple(topic, partition))))
    .orderBy('topic')
    .orderBy('partition')
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [placeOf(row), row.next_offset]));
};

const gap = ({ topic, partition, from }: ProjectionBatch, position: number | undefined): CountersignError =>
  new CountersignError('POSITION_GAP', `\`${topic}/${partition}\` is read from offset ${from} on, and the read model ends at ${position ?? 'nothing'}`, {
    hint: 'start the ledger again: it goes on where the read model ends',
  });

interface News {
  readonly records: ProjectedRecord[];
  readonly rejected: RejectedRecord[];
  /** Records from before the model's end that a person wants taken in after all. */
  readonly again: ProjectedRecord[];
  readonly ends: Map<string, MergedRow>;
}

/** What the model does not have yet. */
const newsOf = (batches: readonly ProjectionBatch[], positions: Map<string, number>): News => {
  const news: News = { records: [], rejected: [], again: [], ends: new Map() };
  for (const batch of batches) {
    const { topic, partition, from, next, reader } = batch;
    const position = positions.get(placeOf(batch));
    if (position === undefined || from > position) throw gap(batch, position);
    // Somebody who was faster has brought all of it.
    if (next < position) continue;
    news.again.push(...batch.records.filter(({ offset }) => offset < from));
    news.records.push(...batch.records.filter(({ offset }) => offset >= position));
    news.rejected.push(...batch.rejected.filter(({ offset }) => offset >= position));
    positions.set(placeOf(batch), next);
    news.ends.set(placeOf(batch), { topic, partition, next_offset: next, reader });
  }
  return news;
};

/**
 * Takes batches into the model, in one transaction with the positions: every record counts once, whoever brings it and however often.
 * Throws `POSITION_GAP` where a batch starts behind the model's end; such a hole would never be noticed again.
 */
export const project = async (trx: Transaction<Tables>, batches: readonly ProjectionBatch[]): Promise<void> => {
  const { records, rejected, again, ends } = newsOf(batches, await lockPositions(trx, batches));
  if (ends.size === 0) return;
  await insertRows(trx, 'events', EVENT_COLUMNS, [...records, ...again].map(eventRow), KEEP);
  await insertRows(trx, 'rejected_records', REJECTED_COLUMNS, rejected.map(rejectedRow), KEEP);
  await mergeAll(trx, mergePatches(records.flatMap(patchesOf)));
  await takeInLate(trx, again);
  await insertRows(trx, 'positions', POSITION_COLUMNS, [...ends.values()], sql`(topic, partition) do update set next_offset = excluded.next_offset, reader = excluded.reader`);
};
