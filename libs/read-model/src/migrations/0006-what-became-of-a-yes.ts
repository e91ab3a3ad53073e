import { sql, type Kysely } from 'kysely';

/** Whether what people agreed to was undone afterwards. Of what ended before it is not known; making the model again tells it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('runs').addColumn('undoes_run', 'text').addColumn('undoes_step', 'text').execute();
  await db.schema.alterTable('actions').addColumn('undone_by', 'text').execute();
  await sql`create index runs_that_undo on runs (undoes_run, undoes_step) where undoes_run is not null`.execute(db);
  await sql`create index approvals_decided on approvals (decided_at) where decided_at is not null`.execute(db);
};
