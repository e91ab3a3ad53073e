import { sql, type Kysely } from 'kysely';

/** Whoever is on call asks every second, and what they ask about is a small part of all that ever was. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create index runs_open on runs (seen_at) where closed_at is null`.execute(db);
  await sql`create index approvals_open on approvals (deadline) where verdict is null`.execute(db);
  await sql`create index actions_in_doubt on actions (run) where observed in ('unknown', 'unverified') or execution in ('unknown', 'diverged')`.execute(db);
  await sql`create index events_of_breakers on events (recorded_at) where type in ('countersign.breaker.opened', 'countersign.breaker.closed')`.execute(db);
};
