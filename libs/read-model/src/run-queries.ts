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
import type { ApprovalSummary, EscalationSummary, EventView, Page, RunStatus, RunSummary, RunView } from './views.js';
import { withoutNulls } from './without-nulls.js';

export interface RunFilter {
  readonly tenant?: string;
  readonly workflow?: string;
  /** `open`: all but closed ones. */
  readonly state?: RunStatus | 'open';
  readonly outcome?: RunOutcome;
  /** Runs first seen at this time or later, RFC 3339. */
  readonly since?: string;
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

const matching = (db: Kysely<Tables>, filter: RunFilter): Promise<readonly RunRow[]> => {
  let query = db.selectFrom('runs').selectAll().orderBy('seen_at', 'desc').orderBy('id', 'desc').limit(filter.limit + 1);
  const { tenant, workflow, state, outcome, since, prefix, cursor } = filter;
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (workflow !== undefined) query = query.where('workflow', '=', workflow);
  if (state !== undefined) query = query.where(IN_STATE[state]);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (since !== undefined) query = query.where('seen_at', '>=', since);
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

/** Newest first. Throws `REQUEST_INVALID` for a cursor that is none. */
export const listRuns = async (db: Kysely<Tables>, filter: RunFilter): Promise<Page<RunSummary>> => {
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

export const runView = ({ run, actions, approvals, escalations, events }: FoundRun): RunView => {
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
  };
};

/** All events of the run, causes before effects. */
export const timelineOf = ({ events }: FoundRun): readonly EventView[] => causalOrder(events).map(eventView);
