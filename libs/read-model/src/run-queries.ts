import { sql, type Kysely } from 'kysely';
import type { RunOutcome } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import { approvalsOf } from './approval-queries.js';
import { escalationsOf } from './escalation-queries.js';
import { causalOrder } from './causal-order.js';
import { pageOf, readKeyset } from './cursor.js';
import { eventView } from './event-rows.js';
import { actionView, pinnedFile, runSummary } from './run-rows.js';
import type { ActionRow, EventRow, RunRow, Tables } from './tables.js';
import type { ApprovalSummary, EscalationSummary, EventView, Page, RunStatus, RunSummary, RunView, Undoing } from './views.js';
import { withoutNulls } from './without-nulls.js';

export interface RunFilter {
  readonly tenant?: string;
  readonly workflow?: string;
  /** `open`: all but closed ones. */
  readonly state?: RunStatus | 'open';
  readonly outcome?: RunOutcome;
  /** Runs first seen at this time or later, RFC 3339. */
  readonly since?: string;
  /** Runs first seen before this time, RFC 3339. */
  readonly until?: string;
  /** The agent's principal, or its last part. */
  readonly agent?: string;
  /** A tool that the run proposed to call. */
  readonly tool?: string;
  /** Somebody who voted on an approval of the run, with whatever answer: a principal, or its last part. */
  readonly approver?: string;
  /** A rule that policy named in a decision of the run. */
  readonly rule?: string;
  /** What the run has cost, both included, in micro-USD. */
  readonly minCost?: number;
  readonly maxCost?: number;
  /** Start of the id. */
  readonly prefix?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** A run with all that the model knows of it. */
export interface FoundRun {
  readonly run: RunRow;
  readonly actions: readonly ActionRow[];
  readonly approvals: readonly ApprovalSummary[];
  readonly escalations: readonly EscalationSummary[];
  readonly events: readonly EventRow[];
}

const hasPending = sql<boolean>`exists (select from approvals where approvals.run = runs.id and approvals.verdict is null and approvals.requested_at is not null)`;

const isAsking = sql<boolean>`exists (select from escalations where escalations.run = runs.id and escalations.ended is null and escalations.asked_at is not null)`;

const IN_STATE: Readonly<Record<NonNullable<RunFilter['state']>, ReturnType<typeof sql<boolean>>>> = {
  open: sql<boolean>`closed_at is null`,
  closed: sql<boolean>`closed_at is not null`,
  submitted: sql<boolean>`closed_at is null and opened_at is null`,
  running: sql<boolean>`closed_at is null and opened_at is not null and not ${hasPending} and not ${isAsking}`,
  waiting: sql<boolean>`closed_at is null and opened_at is not null and (${hasPending} or ${isAsking})`,
};

/** By the last part, which is what indexes have; whoever gives a whole principal means no other that ends alike. */
const isWho = (column: string, given: string) => {
  const ends = sql<boolean>`split_part(${sql.ref(column)}, '/', -1) = ${given.slice(given.lastIndexOf('/') + 1)}`;
  return given.includes('/') ? sql<boolean>`(${ends} and ${sql.ref(column)} = ${given})` : ends;
};

/** A closed run says what it cost; that of an open one is what its actions have used so far. */
const costs = (comparison: '>=' | '<=', microUsd: number) => {
  const limit = sql`${sql.raw(comparison)} ${microUsd}`;
  return sql<boolean>`(micro_usd ${limit} or (micro_usd is null and coalesce((select sum(used_micro_usd) from actions where actions.run = runs.id), 0) ${limit}))`;
};

const matching = (db: Kysely<Tables>, filter: RunFilter): Promise<readonly RunRow[]> => {
  let query = db.selectFrom('runs').selectAll().orderBy('seen_at', 'desc').orderBy('id', 'desc').limit(filter.limit + 1);
  const { tenant, workflow, state, outcome, since, until, agent, tool, approver, rule, minCost, maxCost, prefix, cursor } = filter;
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (workflow !== undefined) query = query.where('workflow', '=', workflow);
  if (state !== undefined) query = query.where(IN_STATE[state]);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (since !== undefined) query = query.where('seen_at', '>=', since);
  if (until !== undefined) query = query.where('seen_at', '<', until);
  if (agent !== undefined) query = query.where(isWho('agent', agent));
  if (tool !== undefined) query = query.where(sql<boolean>`exists (select from actions where actions.run = runs.id and actions.tool = ${tool})`);
  if (approver !== undefined) query = query.where(sql<boolean>`exists (select from approvals join votes on votes.approval = approvals.id where approvals.run = runs.id and ${isWho('votes.voter', approver)})`);
  if (rule !== undefined) query = query.where(sql<boolean>`exists (select from rulings where rulings.run = runs.id and rulings.rule = ${rule})`);
  if (minCost !== undefined) query = query.where(costs('>=', minCost));
  if (maxCost !== undefined) query = query.where(costs('<=', maxCost));
  if (prefix !== undefined) query = query.where(sql<boolean>`starts_with(id, ${prefix})`);
  if (cursor !== undefined) {
    const { at, id } = readKeyset(cursor);
    query = query.where(sql<boolean>`(seen_at, id) < (${at}::timestamptz, ${id})`);
  }
  return query.execute();
};

/** In the order in which they were proposed. */
export const actionsOf = async (db: Kysely<Tables>, runs: readonly string[]): Promise<readonly ActionRow[]> =>
  runs.length === 0 ? [] : db.selectFrom('actions').selectAll().where('run', 'in', runs).orderBy('run').orderBy(sql`coalesce(proposed_at, observed_at, decided_at, executed_at)`).orderBy('step').execute();

/** Newest first; `db` is a transaction. Throws `REQUEST_INVALID` for a cursor that is none. */
export const listRuns = async (db: Kysely<Tables>, filter: RunFilter): Promise<Page<RunSummary>> => {
  // A page is short. To start workers takes longer than to read it, and makes PostgreSQL walk through all runs where an index has the few.
  await sql`set local max_parallel_workers_per_gather = 0`.execute(db);
  const { shown, next } = pageOf(await matching(db, filter), filter.limit, ({ seen_at: at, id }) => ({ at, id }));
  const ids = shown.map(({ id }) => id);
  const actions = Map.groupBy(await actionsOf(db, ids), ({ run }) => run);
  const approvals = Map.groupBy(await approvalsOf(db, ids), ({ run }) => run);
  const escalations = Map.groupBy(await escalationsOf(db, ids), ({ run }) => run);
  const items = shown.map((row) => runSummary(row, actions.get(row.id) ?? [], approvals.get(row.id) ?? [], escalations.get(row.id) ?? []));
  return { items, ...next };
};

/** Throws `NOT_FOUND`. */
export const findRun = async (db: Kysely<Tables>, id: string): Promise<FoundRun> => {
  const run = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (run === undefined) throw new CountersignError('NOT_FOUND', `there is no run \`${id.slice(0, 64)}\``, { hint: '`countersign runs list` shows the newest' });
  const events = await db.selectFrom('events').selectAll().where('run', '=', id).execute();
  return { run, actions: await actionsOf(db, [id]), approvals: await approvalsOf(db, [id]), escalations: await escalationsOf(db, [id]), events };
};

export const runView = ({ run, actions, approvals, escalations, events }: FoundRun, undoings: readonly Undoing[]): RunView => {
  const attempts = (step: string): number => events.filter((event) => event.step === step && event.type === 'countersign.attempt.started').length;
  return {
    ...runSummary(run, actions, approvals, escalations),
    ...withoutNulls({
      agent: run.agent,
      subject: run.subject,
      contract: pinnedFile(run.contract, run.contract_version, run.contract_hash),
      playbook: pinnedFile(run.playbook, run.playbook_version, run.playbook_hash),
    }),
    actions: actions.map((row) => actionView(row, attempts(row.step))),
    approvals,
    escalations,
    undoings,
  };
};

/** All events of the run, causes before effects. */
export const timelineOf = ({ events }: FoundRun): readonly EventView[] => causalOrder(events).map(eventView);
