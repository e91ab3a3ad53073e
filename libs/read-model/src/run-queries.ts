import { sql, type Kysely } from 'kysely';
import { CountersignError } from '@countersign/kernel';
import { approvalsOf } from './approval-queries.js';
import { causalOrder } from './causal-order.js';
import { readKeyset, writeCursor } from './cursor.js';
import { eventView } from './event-rows.js';
import { actionView, runSummary } from './run-rows.js';
import type { ActionRow, EventRow, RunRow, Tables } from './tables.js';
import type { ApprovalView, ListedRun, Page, RunView, Why } from './views.js';
import { runWaits, whyOf, type Voter } from './why.js';

export interface RunFilter {
  readonly tenant?: string;
  readonly workflow?: string;
  readonly status?: 'open' | 'closed';
  readonly outcome?: string;
  /** Runs first seen at this time or later, RFC 3339. */
  readonly since?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** A run with all that the model knows of it. */
export interface FoundRun {
  readonly run: RunRow;
  readonly actions: readonly ActionRow[];
  readonly approvals: readonly ApprovalView[];
  readonly events: readonly EventRow[];
}

const matching = (db: Kysely<Tables>, filter: RunFilter) => {
  let query = db.selectFrom('runs').selectAll().orderBy('seen_at', 'desc').orderBy('id', 'desc').limit(filter.limit + 1);
  const { tenant, workflow, status, outcome, since, cursor } = filter;
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (workflow !== undefined) query = query.where('workflow', '=', workflow);
  if (status !== undefined) query = query.where('closed_at', status === 'open' ? 'is' : 'is not', null);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (since !== undefined) query = query.where('seen_at', '>=', since);
  if (cursor !== undefined) {
    const { at, id } = readKeyset(cursor);
    query = query.where(sql<boolean>`(seen_at, id) < (${at}::timestamptz, ${id})`);
  }
  return query.execute();
};

/** In the order in which they were proposed. */
const actionsOf = async (db: Kysely<Tables>, runs: readonly string[]): Promise<readonly ActionRow[]> =>
  runs.length === 0 ? [] : db.selectFrom('actions').selectAll().where('run', 'in', runs).orderBy('run').orderBy(sql`coalesce(proposed_at, observed_at, decided_at, executed_at)`).orderBy('step').execute();

/** Newest first. Throws `REQUEST_INVALID` for a cursor that is none. */
export const listRuns = async (db: Kysely<Tables>, filter: RunFilter): Promise<Page<ListedRun>> => {
  const rows = await matching(db, filter);
  const shown = rows.slice(0, filter.limit);
  const actions = await actionsOf(db, shown.map(({ id }) => id));
  const approvals = await approvalsOf(db, shown.filter((row) => row.closed_at === null).map(({ id }) => id));
  const items = shown.map((row) => {
    const own = actions.filter(({ run }) => run === row.id);
    return { ...runSummary(row, own), steps: own.length, waiting: runWaits(row, own, approvals.filter(({ run }) => run === row.id), []) };
  });
  const last = shown.at(-1);
  return { items, cursor: rows.length > shown.length && last ? writeCursor({ at: last.seen_at, id: last.id }) : null };
};

/** Throws `NOT_FOUND`. */
export const findRun = async (db: Kysely<Tables>, id: string): Promise<FoundRun> => {
  const run = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (run === undefined) throw new CountersignError('NOT_FOUND', `there is no run \`${id.slice(0, 64)}\``, { hint: '`countersign runs list` shows the newest' });
  const events = await db.selectFrom('events').selectAll().where('run', '=', id).execute();
  return { run, actions: await actionsOf(db, [id]), approvals: await approvalsOf(db, [id]), events };
};

export const runView = ({ run, actions, approvals, events }: FoundRun): RunView => {
  const attempts = (step: string): number => events.filter((event) => event.step === step && event.type === 'countersign.attempt.started').length;
  return {
    ...runSummary(run, actions),
    actions: actions.map((row) => actionView(row, attempts(row.step))),
    approvals,
    timeline: causalOrder(events).map(eventView),
  };
};

export const whyView = ({ run, actions, approvals }: FoundRun, voters: readonly Voter[]): Why => whyOf(run, actions, approvals, voters);
