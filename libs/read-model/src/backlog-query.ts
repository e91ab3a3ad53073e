import { sql, type Kysely } from 'kysely';
import type { Tables } from './tables.js';
import type { BacklogLine } from './views.js';

export interface BacklogFilter {
  /** What was put off before this counts as `older`, RFC 3339. */
  readonly before?: string;
}

/** What policy has put off in open runs, by what holds it and by tool; the oldest first. */
export const backlog = async (db: Kysely<Tables>, { before }: BacklogFilter): Promise<readonly BacklogLine[]> => {
  const waitsFor = sql<string>`(actions.decision_reasons::jsonb) -> 0 ->> 'rule'`;
  const rows = await db
    .selectFrom('actions')
    .innerJoin('runs', 'runs.id', 'actions.run')
    .select(({ fn }) => [
      'runs.tenant',
      'runs.workflow',
      'actions.tool',
      'actions.effect',
      waitsFor.as('waits_for'),
      fn.countAll<string>().as('count'),
      sql<string>`count(*) filter (where actions.decided_at < ${before ?? null}::timestamptz)`.as('older'),
      fn.min('actions.decided_at').as('oldest'),
      fn.max('actions.decided_at').as('newest'),
    ])
    .where('actions.decision', '=', 'deferred')
    .where('runs.closed_at', 'is', null)
    .groupBy(['runs.tenant', 'runs.workflow', 'actions.tool', 'actions.effect', waitsFor])
    .orderBy('oldest')
    .execute();
  return rows.map(({ tenant, workflow, tool, effect, waits_for, count, older, oldest, newest }) => ({
    tenant: tenant ?? '',
    workflow: workflow ?? '',
    tool: tool ?? '',
    effect: effect ?? '',
    waitsFor: waits_for,
    count: Number(count),
    older: Number(older),
    oldest: oldest ?? '',
    newest: newest ?? '',
  }));
};
