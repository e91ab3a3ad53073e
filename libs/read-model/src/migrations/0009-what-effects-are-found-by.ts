import { sql, type Kysely } from 'kysely';

/** Whoever has the id that an outside system gave looks for the action behind it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create index actions_by_outside_id on actions (outside_id) where outside_id is not null`.execute(db);
};
