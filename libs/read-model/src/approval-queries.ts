import type { Action, Preview, Reason } from '@countersign/contracts';
import { sql, type Kysely } from 'kysely';
import { CountersignError } from '@countersign/kernel';
import { pageOf, readKeyset } from './cursor.js';
import type { ApprovalRow, Tables } from './tables.js';
import type { ApprovalStatus, ApprovalSummary, ApprovalView, Page, VoteView } from './views.js';
import { votersOn, type Voter } from './voters.js';
import { withoutNulls } from './without-nulls.js';

export interface ApprovalFilter {
  readonly state?: ApprovalStatus;
  /** Only those that a person with this role may vote on. */
  readonly role?: string;
  /** Only those that this rule asks for. */
  readonly rule?: string;
  readonly tenant?: string;
  readonly run?: string;
  /** Start of the id. */
  readonly prefix?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** An approval that was asked for: `requested_at` and what comes with it is there. */
const summary = (row: ApprovalRow, votes: readonly VoteView[]): ApprovalSummary => ({
  ...withoutNulls({
    id: row.id,
    tenant: row.tenant ?? '',
    workflow: row.workflow ?? '',
    run: row.run ?? '',
    step: row.step ?? '',
    tool: row.tool ?? '',
    tier: row.tier ?? 0,
    quorum: row.quorum ?? 0,
    roles: row.roles ?? [],
    ...(row.confirmation && { confirmation: true as const }),
    actionHash: row.action_hash ?? '',
    requestedAt: row.requested_at ?? '',
    deadline: row.deadline ?? '',
    status: row.verdict ?? ('pending' as const),
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
    reason: row.reason,
    sub: row.sub ?? '',
    act: row.act ?? '',
    authors: row.authors ?? [],
    rules: row.rules ?? [],
    escalateTo: row.escalate_to,
    escalatedAt: row.escalated_at,
    // It passed its schema before it came here.
    preview: row.preview === null ? null : (JSON.parse(row.preview) as 'pending' | Preview),
  }),
  votes,
});

const requested = (db: Kysely<Tables>) => db.selectFrom('approvals').selectAll('approvals').where('requested_at', 'is not', null).orderBy('requested_at', 'desc').orderBy('id', 'desc');

const withVotes = async (db: Kysely<Tables>, rows: readonly ApprovalRow[]): Promise<readonly ApprovalSummary[]> => {
  if (rows.length === 0) return [];
  const votes = await db.selectFrom('votes').selectAll().where('approval', 'in', rows.map(({ id }) => id)).orderBy('cast_at').orderBy('voter').execute();
  const of = Map.groupBy(votes, ({ approval }) => approval);
  return rows.map((row) => summary(row, (of.get(row.id) ?? []).map(({ voter, choice, cast_at, on_behalf_of, consent }) => withoutNulls({ voter, choice, castAt: cast_at, onBehalfOf: on_behalf_of, consent }))));
};

/** Newest first. Throws `REQUEST_INVALID` for a cursor that is none. */
export const listApprovals = async (db: Kysely<Tables>, filter: ApprovalFilter): Promise<Page<ApprovalSummary>> => {
  let query = requested(db).limit(filter.limit + 1);
  const { state, role, rule, tenant, run, prefix, cursor } = filter;
  if (state !== undefined) query = state === 'pending' ? query.where('verdict', 'is', null) : query.where('verdict', '=', state);
  // Whoever has any role may vote where none is named, but on a confirmation: that asks one person.
  if (role !== undefined) query = query.where((where) => where.or([sql<boolean>`${role} = any(roles)`, sql<boolean>`cardinality(roles) = 0 and confirmation is not true`]));
  if (rule !== undefined) query = query.where(sql<boolean>`${rule} = any(rules)`);
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (run !== undefined) query = query.where('run', '=', run);
  if (prefix !== undefined) query = query.where(sql<boolean>`starts_with(id, ${prefix})`);
  if (cursor !== undefined) {
    const { at, id } = readKeyset(cursor);
    query = query.where(sql<boolean>`(requested_at, id) < (${at}::timestamptz, ${id})`);
  }
  const { shown, next } = pageOf(await query.execute(), filter.limit, ({ requested_at: at, id }) => ({ at, id }));
  return { items: await withVotes(db, shown), ...next };
};

/** Those that are open, the next to expire first, and how many there are. */
export const openApprovals = async (db: Kysely<Tables>, { tenant, limit }: { readonly tenant?: string | undefined; readonly limit: number }): Promise<{ readonly approvals: readonly ApprovalSummary[]; readonly count: number }> => {
  let query = db.selectFrom('approvals').where('requested_at', 'is not', null).where('verdict', 'is', null);
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  const rows = await query.selectAll().orderBy('deadline').orderBy('id').limit(limit).execute();
  const { count } = await query.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return { approvals: await withVotes(db, rows), count };
};

/** All approvals of some runs. */
export const approvalsOf = async (db: Kysely<Tables>, runs: readonly string[]): Promise<readonly ApprovalSummary[]> =>
  runs.length === 0 ? [] : withVotes(db, await requested(db).where('run', 'in', runs).execute());

/** An approval with what is asked for. `voters`: the people of the directory in force. Throws `NOT_FOUND`. */
export const findApproval = async (db: Kysely<Tables>, id: string, voters: readonly Voter[]): Promise<ApprovalView> => {
  const row = await requested(db)
    .innerJoin('events', (join) =>
      join
        .on('events.topic', '=', 'approvals')
        .onRef('events.partition', '=', 'approvals.requested_partition')
        .onRef('events.offset', '=', 'approvals.requested_offset'),
    )
    .select('events.event')
    .where('approvals.id', '=', id)
    .executeTakeFirst();
  const [found] = row ? await withVotes(db, [row]) : [];
  if (!row || !found) throw new CountersignError('NOT_FOUND', `there is no approval \`${id.slice(0, 64)}\``, { hint: '`countersign approvals list` shows those that are open' });
  // The event passed its schema before it came here.
  const { data } = JSON.parse(row.event ?? '') as { readonly data: { readonly action: Action; readonly reasons: readonly Reason[]; readonly irreversible?: true; readonly escalateAt?: string } };
  return { ...found, action: data.action, reasons: data.reasons, people: votersOn(found, voters), ...(data.irreversible && { irreversible: true }), ...(data.escalateAt !== undefined && { escalateAt: data.escalateAt }), ...(row.policy_set === null ? {} : { policySet: row.policy_set }) };
};
