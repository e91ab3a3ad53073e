import type { Kysely } from 'kysely';

/** What people are shown of what an action would do, as JSON text; `"pending"` while it is being looked at. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('approvals').addColumn('preview', 'text').execute();
};
