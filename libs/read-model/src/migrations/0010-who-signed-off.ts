import { sql, type Kysely } from 'kysely';

/** Sign-offs are few, and are asked for by their workflow. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create index events_of_sign_offs on events (tenant, workflow, recorded_at) where type = 'countersign.readiness.signed'`.execute(db);
};
