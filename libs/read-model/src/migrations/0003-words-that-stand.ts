import { sql, type Kysely } from 'kysely';

/** What people say once and what counts for a while, and who else is asked where nobody answers. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .alterTable('approvals')
    .addColumn('rules', sql`text[]`)
    .addColumn('authors', sql`text[]`)
    .addColumn('escalate_to', sql`text[]`)
    .addColumn('escalated_at', 'timestamptz')
    .execute();
  await db.schema.alterTable('votes').addColumn('on_behalf_of', 'text').addColumn('consent', 'text').execute();
  await db.schema
    .createTable('standing')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text')
    .addColumn('tenant', 'text')
    .addColumn('workflow', 'text')
    .addColumn('run', 'text')
    .addColumn('person', 'text')
    .addColumn('stand_in', 'text')
    .addColumn('name', 'text')
    .addColumn('roles', sql`text[]`)
    .addColumn('tools', sql`text[]`)
    .addColumn('tier', 'bigint')
    .addColumn('begins_at', 'timestamptz')
    .addColumn('ends_at', 'timestamptz')
    .addColumn('ended_at', 'timestamptz')
    .execute();
};
