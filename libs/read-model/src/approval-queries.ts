import { sql, type Kysely } from 'kysely';
import { CountersignError, type JsonObject } from '@countersign/kernel';
import { readKeyset, writeCursor } from './cursor.js';
import type { ApprovalRow, Tables } from './tables.js';
import type { ApprovalView, Page, ReasonView, VoteView } from './views.js';

export interface ApprovalFilter {
  readonly status?: ApprovalView['status'];
  /** Only those that a person with this role may vote on. */
  readonly role?: string;
  readonly tenant?: string;
  readonly run?: string;
  readonly limit: number;
  readonly cursor?: string;
}

type Row = ApprovalRow & { readonly event: string | null };

/** What the event that asked says; it passed its schema before it came here. */
const requestOf = (event: string | null): ApprovalView['request'] => {
  if (event === null) return null;
  const { data } = JSON.parse(event) as { readonly data: { readonly action: JsonObject; readonly reasons: readonly ReasonView[]; readonly sub: string; readonly act: string } };
  return { action: data.action, reasons: data.reasons, sub: data.sub, act: data.act };
};

const view = (row: Row, votes: readonly VoteView[]): ApprovalView => ({
  approval: row.id,
  tenant: row.tenant ?? '',
  workflow: row.workflow ?? '',
  run: row.run ?? '',
  step: row.step ?? '',
  status: row.verdict ?? 'open',
  tier: row.tier ?? 0,
  quorum: row.quorum ?? 0,
  roles: row.roles ?? [],
  actionHash: row.action_hash ?? '',
  requestedAt: row.requested_at ?? '',
  deadline: row.deadline ?? '',
  decidedAt: row.decided_at,
  decidedBy: row.decided_by,
  reason: row.reason,
  votes,
  request: requestOf(row.event),
});

/** Approvals that were asked for, newest first, each with the event that asked. */
const requested = (db: Kysely<Tables>) =>
  db
    .selectFrom('approvals')
    .leftJoin('events', (join) =>
      join
        .on('events.topic', '=', 'approvals')
        .onRef('events.partition', '=', 'approvals.requested_partition')
        .onRef('events.offset', '=', 'approvals.requested_offset'),
    )
    .selectAll('approvals')
    .select('events.event')
    .where('approvals.requested_at', 'is not', null)
    .orderBy('approvals.requested_at', 'desc')
    .orderBy('approvals.id', 'desc');

const withVotes = async (db: Kysely<Tables>, rows: readonly Row[]): Promise<readonly ApprovalView[]> => {
  if (rows.length === 0) return [];
  const votes = await db.selectFrom('votes').selectAll().where('approval', 'in', rows.map(({ id }) => id)).orderBy('cast_at').orderBy('voter').execute();
  return rows.map((row) =>
    view(
      row,
      votes.filter(({ approval }) => approval === row.id).map(({ voter, choice, cast_at }) => ({ voter, choice, at: cast_at })),
    ),
  );
};

/** Throws `REQUEST_INVALID` for a cursor that is none. */
export const listApprovals = async (db: Kysely<Tables>, filter: ApprovalFilter): Promise<Page<ApprovalView>> => {
  let query = requested(db).limit(filter.limit + 1);
  const { status, role, tenant, run, cursor } = filter;
  if (status === 'open') query = query.where('approvals.verdict', 'is', null);
  else if (status !== undefined) query = query.where('approvals.verdict', '=', status);
  // Who has any role may vote where none is named.
  if (role !== undefined) query = query.where((where) => where.or([sql<boolean>`${role} = any(approvals.roles)`, sql<boolean>`cardinality(approvals.roles) = 0`]));
  if (tenant !== undefined) query = query.where('approvals.tenant', '=', tenant);
  if (run !== undefined) query = query.where('approvals.run', '=', run);
  if (cursor !== undefined) {
    const { at, id } = readKeyset(cursor);
    query = query.where(sql<boolean>`(approvals.requested_at, approvals.id) < (${at}::timestamptz, ${id})`);
  }
  const rows = await query.execute();
  const shown = rows.slice(0, filter.limit);
  const last = shown.at(-1);
  return { items: await withVotes(db, shown), cursor: rows.length > shown.length && last ? writeCursor({ at: last.requested_at, id: last.id }) : null };
};

/** All approvals of some runs. */
export const approvalsOf = async (db: Kysely<Tables>, runs: readonly string[]): Promise<readonly ApprovalView[]> =>
  runs.length === 0 ? [] : withVotes(db, await requested(db).where('approvals.run', 'in', runs).execute());

/** Throws `NOT_FOUND`. */
export const findApproval = async (db: Kysely<Tables>, id: string): Promise<ApprovalView> => {
  const [found] = await withVotes(db, await requested(db).where('approvals.id', '=', id).execute());
  if (found === undefined) throw new CountersignError('NOT_FOUND', `there is no approval \`${id.slice(0, 64)}\``, { hint: '`countersign approvals list` shows those that are open' });
  return found;
};
