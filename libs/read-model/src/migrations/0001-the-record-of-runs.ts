import { sql, type Kysely } from 'kysely';

/** Every column that not every row has from the start may be null: rows grow as topics are read. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('events')
    .addColumn('topic', 'text', (column) => column.notNull())
    .addColumn('partition', 'integer', (column) => column.notNull())
    .addColumn('offset', 'bigint', (column) => column.notNull())
    .addColumn('id', 'text')
    .addColumn('type', 'text')
    .addColumn('tenant', 'text')
    .addColumn('workflow', 'text')
    .addColumn('run', 'text')
    .addColumn('step', 'text')
    .addColumn('actor', 'text')
    .addColumn('time', 'timestamptz')
    .addColumn('causes', 'text')
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('recorded_at', 'timestamptz', (column) => column.notNull())
    .addColumn('event', 'text')
    .addPrimaryKeyConstraint('events_key', ['topic', 'partition', 'offset'])
    .execute();
  await db.schema.createIndex('events_of_run').on('events').column('run').where(sql.ref('run'), 'is not', null).execute();

  await db.schema
    .createTable('positions')
    .addColumn('topic', 'text', (column) => column.notNull())
    .addColumn('partition', 'integer', (column) => column.notNull())
    .addColumn('next_offset', 'bigint', (column) => column.notNull())
    .addColumn('reader', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('positions_key', ['topic', 'partition'])
    .execute();

  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant', 'text', (column) => column.notNull())
    .addColumn('workflow', 'text', (column) => column.notNull())
    .addColumn('task', 'text')
    .addColumn('source', 'text')
    .addColumn('submitted_at', 'timestamptz')
    .addColumn('agent', 'text')
    .addColumn('subject', 'text')
    .addColumn('contract', 'text')
    .addColumn('contract_version', 'bigint')
    .addColumn('contract_hash', 'text')
    .addColumn('playbook', 'text')
    .addColumn('playbook_version', 'bigint')
    .addColumn('playbook_hash', 'text')
    .addColumn('opened_at', 'timestamptz')
    .addColumn('deadline', 'timestamptz')
    .addColumn('closed_at', 'timestamptz')
    .addColumn('outcome', 'text')
    .addColumn('reason', 'text')
    .addColumn('prompt_tokens', 'bigint')
    .addColumn('completion_tokens', 'bigint')
    .addColumn('micro_usd', 'bigint')
    .addColumn('seen_at', 'timestamptz', (column) => column.generatedAlwaysAs(sql`coalesce(submitted_at, opened_at, closed_at)`).stored())
    .execute();
  await db.schema.createIndex('runs_newest_first').on('runs').columns(['seen_at desc', 'id desc']).execute();

  await db.schema
    .createTable('actions')
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('proposal', 'text')
    .addColumn('tool', 'text')
    .addColumn('effect', 'text')
    .addColumn('destination', 'text')
    .addColumn('action_hash', 'text')
    .addColumn('args_hash', 'text')
    .addColumn('proposed_at', 'timestamptz')
    .addColumn('proposal_reasons', 'text')
    .addColumn('observed', 'text')
    .addColumn('observed_at', 'timestamptz')
    .addColumn('decision', 'text')
    .addColumn('decided_at', 'timestamptz')
    .addColumn('decision_reasons', 'text')
    .addColumn('approval', 'text')
    .addColumn('grant_jti', 'text')
    .addColumn('grant_expires_at', 'timestamptz')
    .addColumn('execution', 'text')
    .addColumn('execution_jti', 'text')
    .addColumn('executed_at', 'timestamptz')
    .addColumn('execution_ended', 'boolean')
    .addColumn('execution_code', 'text')
    .addColumn('attempt_deadline', 'timestamptz')
    .addColumn('latency_ms', 'bigint')
    .addColumn('outside_id', 'text')
    .addColumn('used_micro_usd', 'bigint')
    .addPrimaryKeyConstraint('actions_key', ['run', 'step'])
    .execute();

  await db.schema
    .createTable('approvals')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('policy_set', 'text')
    .addColumn('tenant', 'text')
    .addColumn('workflow', 'text')
    .addColumn('run', 'text')
    .addColumn('step', 'text')
    .addColumn('tool', 'text')
    .addColumn('sub', 'text')
    .addColumn('act', 'text')
    .addColumn('tier', 'bigint')
    .addColumn('quorum', 'bigint')
    .addColumn('roles', sql`text[]`)
    .addColumn('action_hash', 'text')
    .addColumn('deadline', 'timestamptz')
    .addColumn('requested_at', 'timestamptz')
    .addColumn('requested_partition', 'integer')
    .addColumn('requested_offset', 'bigint')
    .addColumn('verdict', 'text')
    .addColumn('decided_at', 'timestamptz')
    .addColumn('decided_by', 'text')
    .addColumn('reason', 'text')
    .execute();
  await db.schema.createIndex('approvals_of_run').on('approvals').column('run').execute();
  await db.schema.createIndex('approvals_newest_first').on('approvals').columns(['requested_at desc', 'id desc']).execute();

  await db.schema
    .createTable('votes')
    .addColumn('approval', 'text', (column) => column.notNull())
    .addColumn('voter', 'text', (column) => column.notNull())
    .addColumn('choice', 'text', (column) => column.notNull())
    .addColumn('cast_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('votes_key', ['approval', 'voter'])
    .execute();

  await db.schema
    .createTable('config_files')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('config_files_key', ['kind', 'id', 'hash'])
    .execute();

  await db.schema
    .createTable('rejected_records')
    .addColumn('topic', 'text', (column) => column.notNull())
    .addColumn('partition', 'integer', (column) => column.notNull())
    .addColumn('offset', 'bigint', (column) => column.notNull())
    .addColumn('code', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('sha256', 'text')
    .addColumn('recorded_at', 'timestamptz', (column) => column.notNull())
    .addPrimaryKeyConstraint('rejected_records_key', ['topic', 'partition', 'offset'])
    .execute();
};
