import { sql, type Kysely } from 'kysely';
import { hours, minutes, timestamp, type Instant } from '@countersign/kernel';
import type { Event } from '@countersign/contracts';
import { isExecutionCurrent } from './action-status.js';
import { approvalsOf, openApprovals } from './approval-queries.js';
import { escalationsOf, listEscalations } from './escalation-queries.js';
import { timeOf } from './fold/patch.js';
import { listPositions } from './position-queries.js';
import { actionsOf } from './run-queries.js';
import { runSummary } from './run-rows.js';
import type { ActionRow, RunRow, Tables } from './tables.js';
import type { ApprovalSummary, Attention, DoubtfulEffect, OpenBreaker, StuckRun, Wait, WaitingEscalation } from './views.js';
import type { Voter } from './voters.js';
import { whyOf } from './why.js';
import { withoutNulls } from './without-nulls.js';

export interface AttentionFilter {
  readonly tenant?: string;
  readonly now: Instant;
}

/** Longer than a grant lives and a service takes to miss a member of its group and take over: whatever goes on by itself has gone on by then. */
export const STUCK_AFTER = minutes(2);

/** What an outside system may have done is looked at within a day, or there is another place where it is kept. Of a run that still waits it stands as long as that. */
export const IN_DOUBT_FOR = hours(24);

/** More than a screen holds; who has more of one kind has one trouble, and not so many. */
export const MOST_OF_EACH = 100;

const ofTenant = (tenant: string | undefined, column: string) => (tenant === undefined ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} = ${tenant}`);

/** Runs with something that people are not asked about, or with nothing under way at all: a superset of those that are stuck. */
const mayBeStuck = (db: Kysely<Tables>, { tenant }: AttentionFilter, before: string): Promise<readonly RunRow[]> => {
  const isAsked = sql<boolean>`(a.decision = 'asked' and exists (select from approvals p where p.id = a.approval and p.requested_at is not null and p.verdict is null))`;
  const underWay = sql`select from actions a where a.run = runs.id and (a.observed is null or a.observed = '')`;
  return db
    .selectFrom('runs')
    .selectAll()
    .where('closed_at', 'is', null)
    .where('seen_at', '<', before)
    .where(ofTenant(tenant, 'tenant'))
    .where(sql<boolean>`(exists (${underWay} and a.decision is distinct from 'deferred' and not ${isAsked}) or (not exists (select from escalations e where e.run = runs.id and e.asked_at is not null and e.ended is null) and not exists (${underWay})))`)
    .orderBy('seen_at')
    .limit(MOST_OF_EACH)
    .execute();
};

/** What goes on by itself at a time that is still to come, or is for people, is no reason to look. */
const isStuckWait = (wait: Wait, actions: readonly ActionRow[], before: string, now: string): boolean => {
  if (wait.for === 'people' || wait.since >= before || (wait.until !== undefined && wait.until > now)) return false;
  const row = actions.find(({ step }) => step === wait.step);
  return row === undefined || row.decision !== 'deferred' || isExecutionCurrent(row);
};

const stuckRuns = async (db: Kysely<Tables>, filter: AttentionFilter, voters: readonly Voter[]): Promise<readonly StuckRun[]> => {
  const [now, before] = [timestamp(filter.now), timestamp((filter.now - STUCK_AFTER) as Instant)];
  const rows = await mayBeStuck(db, filter, before);
  const ids = rows.map(({ id }) => id);
  const actions = Map.groupBy(await actionsOf(db, ids), ({ run }) => run);
  const approvals = Map.groupBy<string, ApprovalSummary>(await approvalsOf(db, ids), ({ run }) => run);
  const escalations = Map.groupBy(await escalationsOf(db, ids), ({ run }) => run);
  return rows.flatMap((row) => {
    const [itsActions, itsApprovals, asked] = [actions.get(row.id) ?? [], approvals.get(row.id) ?? [], escalations.get(row.id) ?? []];
    const waits = whyOf({ run: row, actions: itsActions, approvals: itsApprovals, escalations: asked }, voters).waits.filter((wait) => isStuckWait(wait, itsActions, before, now));
    return waits.length === 0 ? [] : [{ run: runSummary(row, itsActions, itsApprovals, asked), waits }];
  });
};

/** As the planner has taken the step's end up, and until then as the executor says: a grant that was not given anew ends one in doubt, too. The first condition is that of an index. */
const IN_DOUBT = sql<boolean>`(a.observed in ('unknown', 'unverified') or a.execution in ('unknown', 'diverged'))
  and (a.observed in ('unknown', 'unverified') or (a.observed is null and a.execution_ended))`;

const doubtfulEffects = async (db: Kysely<Tables>, { tenant, now }: AttentionFilter): Promise<readonly DoubtfulEffect[]> => {
  const since = timestamp((now - IN_DOUBT_FOR) as Instant);
  const rows = await db
    .selectFrom('actions as a')
    .innerJoin('runs', 'runs.id', 'a.run')
    .select(['a.run', 'runs.tenant', 'runs.workflow', 'a.step', 'a.tool', 'a.execution', 'a.execution_code', 'runs.closed_at', sql<string>`coalesce(a.executed_at, a.observed_at)`.as('at')])
    .where(IN_DOUBT)
    .where(sql<boolean>`(runs.closed_at is null or (runs.outcome in ('unknown', 'unverified') and runs.closed_at > ${since}))`)
    .where(ofTenant(tenant, 'runs.tenant'))
    .orderBy('at')
    .limit(MOST_OF_EACH)
    .execute();
  return rows.map(({ execution, execution_code, closed_at, tool, ...place }) => ({
    ...place,
    ...withoutNulls({ code: execution_code === '' ? null : execution_code }),
    tool: tool ?? '',
    is: execution === 'diverged' ? 'diverged' : 'unknown',
    open: closed_at === null,
  }));
};

/** An event as the log has it: nothing is kept that did not pass its schema. */
const parsed = <Type extends Event['type']>(text: string | null): Event<Type> => JSON.parse(text ?? '') as Event<Type>;

const waitingEscalations = async (db: Kysely<Tables>, { tenant }: AttentionFilter): Promise<readonly WaitingEscalation[]> => {
  const open = await listEscalations(db, { state: 'open', limit: MOST_OF_EACH, ...(tenant !== undefined && { tenant }) });
  return open.items.map(({ askedAt, ...rest }) => ({ ...rest, since: askedAt })).toSorted((a, b) => a.deadline.localeCompare(b.deadline));
};

/** A breaker is of one tool, tenant and partition, and the newest event says how it is. One that nobody came by for as long as that is nobody's trouble. */
const openBreakers = async (db: Kysely<Tables>, { tenant, now }: AttentionFilter): Promise<readonly OpenBreaker[]> => {
  const rows = await db
    .selectFrom('events')
    .select(['tenant', 'partition', 'event'])
    .where('type', 'in', ['countersign.breaker.opened', 'countersign.breaker.closed'])
    .where(ofTenant(tenant, 'tenant'))
    .where('recorded_at', '>', timestamp((now - IN_DOUBT_FOR) as Instant))
    .orderBy('partition')
    .orderBy('offset')
    .execute();
  const newest = new Map<string, OpenBreaker>();
  for (const row of rows) {
    const event = parsed<'countersign.breaker.opened' | 'countersign.breaker.closed'>(row.event);
    const key = JSON.stringify([row.tenant, event.data.tool, row.partition]);
    if (event.type === 'countersign.breaker.closed') newest.delete(key);
    // It stands open since it first was.
    else newest.set(key, { tenant: row.tenant ?? '', tool: event.data.tool, partition: row.partition, since: newest.get(key)?.since ?? timeOf(event.time, now), until: timeOf(event.data.until, now) });
  }
  return [...newest.values()].slice(0, MOST_OF_EACH);
};

/** What somebody on call has to know of. */
export const attention = async (db: Kysely<Tables>, filter: AttentionFilter, voters: readonly Voter[]): Promise<Attention> => {
  const { approvals, count } = await openApprovals(db, { tenant: filter.tenant, limit: MOST_OF_EACH });
  return {
    at: timestamp(filter.now),
    positions: (await listPositions(db)).map(({ topic, partition, nextOffset }) => ({ topic, partition, nextOffset })),
    stuck: await stuckRuns(db, filter, voters),
    approvals,
    approvalsOpen: count,
    escalations: await waitingEscalations(db, filter),
    doubtful: await doubtfulEffects(db, filter),
    breakers: await openBreakers(db, filter),
  };
};
