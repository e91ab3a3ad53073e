import { sql, type Kysely } from 'kysely';

/** What runs ask of people, and what became of it. The question itself is in its event. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('escalations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant', 'text')
    .addColumn('workflow', 'text')
    .addColumn('run', 'text')
    .addColumn('step', 'text')
    .addColumn('tool', 'text')
    .addColumn('reason', 'text')
    .addColumn('message', 'text')
    .addColumn('choices', sql`text[]`)
    .addColumn('role', 'text')
    .addColumn('escalate_to', sql`text[]`)
    .addColumn('otherwise', 'text')
    .addColumn('deadline', 'timestamptz')
    .addColumn('asked_at', 'timestamptz')
    .addColumn('asked_partition', 'bigint')
    .addColumn('asked_offset', 'bigint')
    .addColumn('reminded_at', 'timestamptz')
    .addColumn('escalated_at', 'timestamptz')
    .addColumn('claimed_by', 'text')
    .addColumn('claimed_until', 'timestamptz')
    .addColumn('ended', 'text')
    .addColumn('ended_at', 'timestamptz')
    .addColumn('answered_by', 'text')
    .addColumn('choice', 'text')
    .addColumn('said', 'text')
    .execute();
  await db.schema.createIndex('escalations_of_run').on('escalations').column('run').execute();
};
