import { sql, type Kysely } from 'kysely';

/** What lists of runs are filtered by. Which rules spoke before is not known; making the model again tells it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('rulings')
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('rulings_key', ['rule', 'run'])
    .execute();
  await sql`create index runs_of_tenant on runs (tenant, seen_at desc, id desc)`.execute(db);
  await sql`create index runs_of_workflow on runs (workflow, seen_at desc, id desc)`.execute(db);
  await sql`create index runs_of_agent on runs (split_part(agent, '/', -1), seen_at desc, id desc)`.execute(db);
  // Nearly all succeed: those are found without an index.
  await sql`create index runs_gone_wrong on runs (outcome, seen_at desc, id desc) where outcome <> 'succeeded'`.execute(db);
  // Open ones say no cost, and are in it for that.
  await sql`create index runs_by_cost on runs (micro_usd)`.execute(db);
  await sql`create index actions_by_tool on actions (tool, run)`.execute(db);
  await sql`create index votes_by_voter on votes (split_part(voter, '/', -1), approval)`.execute(db);
};
