import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** A position with what the verifying reader kept beside it. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  readonly reader: string;
}

/**
 * In place of what the reader has to know: the topic partition is being filled from elsewhere. Nobody reads on from there before that has
 * ended, and what was left half done shows.
 */
export const FILLING = 'filling';

export const listPositions = async (db: Kysely<Tables>): Promise<readonly Position[]> => {
  const rows = await db.selectFrom('positions').selectAll().orderBy('topic').orderBy('partition').execute();
  return rows.map(({ topic, partition, next_offset, reader }) => ({ topic, partition, nextOffset: next_offset, reader }));
};

/** Begins topic partitions that the model has never read; what is there stays. */
export const beginPositions = async (db: Kysely<Tables>, begins: readonly Position[]): Promise<void> => {
  if (begins.length === 0) return;
  const rows = begins.map(({ topic, partition, nextOffset, reader }) => ({ topic, partition, next_offset: nextOffset, reader }));
  await db.insertInto('positions').values(rows).onConflict((conflict) => conflict.doNothing()).execute();
};

/** Moves positions forward; what is further already stays. */
export const skipPositions = async (db: Kysely<Tables>, places: readonly Position[]): Promise<void> => {
  for (const { topic, partition, nextOffset, reader } of places) {
    await db.updateTable('positions').set({ next_offset: nextOffset, reader }).where('topic', '=', topic).where('partition', '=', partition).where('next_offset', '<', nextOffset).execute();
  }
};

const TABLES = ['events', 'positions', 'runs', 'actions', 'approvals', 'votes', 'rulings', 'escalations', 'standing', 'config_files', 'rejected_records'] as const satisfies readonly (keyof Tables)[];

/** Empties the model. */
export const emptyTables = async (db: Kysely<Tables>): Promise<void> => {
  await sql`truncate ${sql.join(TABLES.map((table) => sql.table(table)))}`.execute(db);
};
