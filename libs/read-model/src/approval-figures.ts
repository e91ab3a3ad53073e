import { sql, type Kysely, type RawBuilder } from 'kysely';
import { seconds } from '@countersign/kernel';
import type { Tables } from './tables.js';
import type { ApprovalFigures, FigureRow } from './views.js';
import { withoutNulls } from './without-nulls.js';

export interface FiguresFilter {
  readonly by: ApprovalFigures['by'];
  /** RFC 3339: only what was answered, or ended, at this time or later. */
  readonly since: string;
  readonly tenant?: string;
}

/** Nobody reads an action, its reasons and its diff in less. */
export const QUICK = seconds(5);

/** More rules or approvers nobody compares. */
const MOST = 500;

interface Row {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  readonly count: number;
  readonly yes: number;
  readonly no: number;
  readonly expired: number | null;
  readonly withdrawn: number | null;
  readonly timed: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly quick: number;
  readonly granted: number;
  readonly overridden: number;
  readonly undone: number;
  readonly diverged: number;
  readonly denied_after: number;
}

/** Each question that was asked, with what became of what was granted. An action is the one that was asked about as long as policy has not asked anew. */
const QUESTIONS = sql`
  select a.*,
    a.verdict = 'granted' and (x.undone_by is not null or exists (
      select from runs u where u.undoes_run = a.run and u.undoes_step = a.step and u.outcome = 'succeeded'
    )) as was_undone,
    a.verdict = 'granted' and coalesce(x.execution = 'diverged', false) as has_diverged,
    a.verdict = 'granted' and coalesce(x.decision = 'denied', false) as was_denied
  from approvals a
  left join actions x on x.run = a.run and x.step = a.step and x.approval = a.id
  where a.requested_at is not null`;

/** Whole milliseconds; clocks of two replicas may differ, and nobody answers before a question is asked. */
const milliseconds = (to: RawBuilder<unknown>, from: RawBuilder<unknown>) => sql`greatest(0, round(extract(epoch from ${to} - ${from}) * 1000))::bigint`;

/** Numbers over rows of `answers`: `name`, `tier`, `choice`, `ms` (null where it is not timed), `granted`, and what became of it. */
const FIGURES = sql`
  min(tier) as lowest, max(tier) as highest,
  count(*) as count,
  count(*) filter (where choice = 'yes') as yes,
  count(*) filter (where choice = 'no') as no,
  count(ms) as timed,
  percentile_disc(0.5) within group (order by ms) as p50,
  percentile_disc(0.95) within group (order by ms) as p95,
  count(*) filter (where ms < ${sql.lit(QUICK)}) as quick,
  count(*) filter (where granted) as granted,
  count(*) filter (where granted and (was_undone or has_diverged or was_denied)) as overridden,
  count(*) filter (where granted and was_undone) as undone,
  count(*) filter (where granted and has_diverged) as diverged,
  count(*) filter (where granted and was_denied) as denied_after`;

const byRule = ({ since, tenant }: FiguresFilter) => sql<Row>`
  with questions as (${QUESTIONS} and a.decided_at >= ${since}::timestamptz ${tenant === undefined ? sql`` : sql`and a.tenant = ${tenant}`}),
  answers as (
    select r.name, q.tier, q.verdict, q.was_undone, q.has_diverged, q.was_denied, q.verdict = 'granted' as granted,
      case q.verdict when 'granted' then 'yes' when 'rejected' then 'no' end as choice,
      case when q.verdict in ('granted', 'rejected') and not exists (select from votes v where v.approval = q.id and v.consent is not null)
        then ${milliseconds(sql`q.decided_at`, sql`q.requested_at`)} end as ms
    from questions q cross join lateral (select distinct unnest(q.rules) as name) r
  )
  select name, ${FIGURES},
    count(*) filter (where verdict = 'expired') as expired,
    count(*) filter (where verdict = 'withdrawn') as withdrawn
  from answers group by name order by count desc, name limit ${sql.lit(MOST)}`;

const byApprover = ({ since, tenant }: FiguresFilter) => sql<Row>`
  with questions as (${QUESTIONS} ${tenant === undefined ? sql`` : sql`and a.tenant = ${tenant}`}),
  answers as (
    select v.voter as name, q.tier, q.was_undone, q.has_diverged, q.was_denied,
      q.verdict is not distinct from 'granted' and v.choice = 'approve' as granted,
      case v.choice when 'approve' then 'yes' else 'no' end as choice,
      case when v.consent is null then ${milliseconds(sql`v.cast_at`, sql`q.requested_at`)} end as ms
    from votes v join questions q on q.id = v.approval
    where v.cast_at >= ${since}::timestamptz
  )
  select name, ${FIGURES}, null::bigint as expired, null::bigint as withdrawn
  from answers group by name order by count desc, name limit ${sql.lit(MOST)}`;

const figureRow = ({ name, lowest, highest, expired, withdrawn, p50, p95, denied_after, ...counts }: Row): FigureRow => ({
  name,
  tiers: [lowest, highest],
  ...counts,
  ...withoutNulls({ expired, withdrawn, p50Ms: p50, p95Ms: p95 }),
  deniedAfter: denied_after,
});

/** How people have answered. Percentiles are the nearest rank: the smallest time that so many answers did not exceed. */
export const approvalFigures = async (db: Kysely<Tables>, filter: FiguresFilter): Promise<ApprovalFigures> => {
  const { rows } = await (filter.by === 'rule' ? byRule(filter) : byApprover(filter)).execute(db);
  return { since: filter.since, by: filter.by, figures: rows.map(figureRow) };
};
