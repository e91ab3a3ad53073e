import type { Kysely } from 'kysely';

/** Of what was asked before it is not known; it was asked of approvers. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('approvals').addColumn('confirmation', 'boolean').execute();
};
