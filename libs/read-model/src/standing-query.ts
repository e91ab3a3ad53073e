import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';
import type { StandingView } from './views.js';
import { withoutNulls } from './without-nulls.js';

export interface StandingFilter {
  readonly tenant?: string;
  /** RFC 3339: only what is not over then. */
  readonly after: string;
  readonly limit: number;
}

/** Delegations, absences and consents that are not over and were not taken back, the next to end first. */
export const listStanding = async (db: Kysely<Tables>, { tenant, after, limit }: StandingFilter): Promise<readonly StandingView[]> => {
  let query = db.selectFrom('standing').selectAll().where('ended_at', 'is', null).where('kind', 'is not', null).where('ends_at', '>', after).orderBy('ends_at').orderBy('id').limit(limit);
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  return (await query.execute()).map((row) =>
    withoutNulls({
      id: row.id,
      kind: row.kind ?? ('delegation' as const),
      tenant: row.tenant ?? '',
      workflow: row.workflow ?? '',
      person: row.person ?? '',
      standIn: row.stand_in,
      roles: row.roles,
      run: row.run,
      name: row.name,
      tools: row.tools,
      tier: row.tier,
      beginsAt: row.begins_at ?? '',
      endsAt: row.ends_at ?? '',
    }),
  );
};
