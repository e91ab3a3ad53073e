import { sql, type Kysely } from 'kysely';

/** What lists of runs are filtered by. Which rules spoke before is not known; making the model again tells it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('rulings')
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('rulings_key', ['rule', 'run'])
    .execute();
  for (const columns of ['tenant, workflow', 'workflow', 'outcome', "split_part(agent, '/', -1)"]) await sql`create index on runs (${sql.raw(columns)}, seen_at desc, id desc)`.execute(db);
  await sql`create index runs_by_cost on runs (micro_usd) where micro_usd is not null`.execute(db);
  await sql`create index actions_by_tool on actions (tool, run)`.execute(db);
  await sql`create index votes_by_voter on votes (split_part(voter, '/', -1), approval)`.execute(db);
};
