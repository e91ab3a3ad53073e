import { sql, type Kysely } from 'kysely';

/**
 * PostgreSQL compresses the longest value of every row above 2 KB, which an event is: a fifth of what it spent on the ledger.
 * Up to this many bytes rows stay as they are; it is the most that the setting takes, and fits into a page.
 */
const TUPLE_TARGET = 8160;

export const up = async (db: Kysely<unknown>): Promise<void> => {
  await sql`alter table events set (toast_tuple_target = ${sql.lit(TUPLE_TARGET)})`.execute(db);
};
