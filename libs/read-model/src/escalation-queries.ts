import type { EventData } from '@countersign/contracts';
import { sql, type Kysely } from 'kysely';
import { CountersignError } from '@countersign/kernel';
import { pageOf, readKeyset } from './cursor.js';
import type { EscalationRow, Tables } from './tables.js';
import type { EscalationStatus, EscalationSummary, EscalationView, Page, TaskView } from './views.js';
import type { Voter } from './voters.js';
import { withoutNulls } from './without-nulls.js';

export interface EscalationFilter {
  readonly state?: EscalationStatus;
  /** Only those that a person with this role may answer by now. */
  readonly role?: string;
  readonly tenant?: string;
  readonly run?: string;
  /** Start of the id. */
  readonly prefix?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const asked = (db: Kysely<Tables>) => db.selectFrom('escalations').selectAll('escalations').where('asked_at', 'is not', null).orderBy('asked_at', 'desc').orderBy('id', 'desc');

const summary = (row: EscalationRow): EscalationSummary => ({
  ...withoutNulls({
    id: row.id,
    tenant: row.tenant ?? '',
    workflow: row.workflow ?? '',
    run: row.run ?? '',
    step: row.step ?? '',
    tool: row.tool,
    message: row.message ?? '',
    choices: row.choices ?? [],
    role: row.role ?? '',
    escalateTo: row.escalate_to,
    askedAt: row.asked_at ?? '',
    deadline: row.deadline ?? '',
    remindedAt: row.reminded_at,
    escalatedAt: row.escalated_at,
    status: row.ended ?? ('open' as const),
    endedAt: row.ended_at,
    answeredBy: row.answered_by,
    choice: row.choice,
    said: row.said,
  }),
  reason: row.reason ?? 'effect.unknown',
  otherwise: row.otherwise ?? 'failed',
  ...(row.claimed_by !== null && row.claimed_until !== null && { claimed: { by: row.claimed_by, until: row.claimed_until } }),
});

/** Newest first. Throws `REQUEST_INVALID` for a cursor that is none. */
export const listEscalations = async (db: Kysely<Tables>, filter: EscalationFilter): Promise<Page<EscalationSummary>> => {
  let query = asked(db).limit(filter.limit + 1);
  const { state, role, tenant, run, prefix, cursor } = filter;
  if (state !== undefined) query = state === 'open' ? query.where('ended', 'is', null) : query.where('ended', '=', state);
  if (role !== undefined) query = query.where((where) => where.or([where('role', '=', role), sql<boolean>`escalated_at is not null and ${role} = any(escalate_to)`]));
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (run !== undefined) query = query.where('run', '=', run);
  if (prefix !== undefined) query = query.where(sql<boolean>`starts_with(id, ${prefix})`);
  if (cursor !== undefined) {
    const { at, id } = readKeyset(cursor);
    query = query.where(sql<boolean>`(asked_at, id) < (${at}::timestamptz, ${id})`);
  }
  const { shown, next } = pageOf(await query.execute(), filter.limit, ({ asked_at: at, id }) => ({ at, id }));
  return { items: shown.map(summary), ...next };
};

/** All questions of some runs, newest first. */
export const escalationsOf = async (db: Kysely<Tables>, runs: readonly string[]): Promise<readonly EscalationSummary[]> =>
  runs.length === 0 ? [] : (await asked(db).where('run', 'in', runs).execute()).map(summary);

/** Roles that are asked by now. */
export const rolesOf = ({ role, escalateTo = [], escalatedAt }: EscalationSummary): readonly string[] => [...new Set([role, ...(escalatedAt === undefined ? [] : escalateTo)])];

/** Who can answer it: whoever has a role, but not whom the run acts for, who can give what is missing all the same. */
export const answerersOf = (escalation: EscalationSummary, subject: string | null, voters: readonly Voter[]): readonly string[] => {
  if (escalation.status !== 'open') return [];
  const roles = rolesOf(escalation);
  const gives = escalation.reason === 'data.missing';
  return voters.filter((voter) => (voter.subject === subject ? gives : voter.roles.some((role) => roles.includes(role)))).map((voter) => voter.subject);
};

/** What the task of a run says. A task that is handed in again changes nothing, so the first one counts. */
const taskOf = async (db: Kysely<Tables>, run: string | null): Promise<TaskView | undefined> => {
  if (run === null) return undefined;
  const row = await db.selectFrom('events').select(['id', 'sha256', 'event']).where('run', '=', run).where('type', '=', 'countersign.task.submitted').orderBy('partition').orderBy('offset').limit(1).executeTakeFirst();
  if (!row) return undefined;
  // The event passed its schema before it came here.
  const { data } = JSON.parse(row.event ?? '') as { readonly data: EventData<'countersign.task.submitted'> };
  return { id: data.task, source: data.source, type: data.upstreamType, input: data.input, event: { id: row.id ?? '', sha256: row.sha256 } };
};

/** A question as it was asked. `voters`: the people of the directory in force. Throws `NOT_FOUND`. */
export const findEscalation = async (db: Kysely<Tables>, id: string, voters: readonly Voter[]): Promise<EscalationView> => {
  const row = await asked(db)
    .innerJoin('events', (join) =>
      join.on('events.topic', '=', 'proposals').onRef('events.partition', '=', 'escalations.asked_partition').onRef('events.offset', '=', 'escalations.asked_offset'),
    )
    .leftJoin('runs', 'runs.id', 'escalations.run')
    .select(['events.event', 'events.id as event_id', 'events.sha256', 'runs.subject'])
    .where('escalations.id', '=', id)
    .executeTakeFirst();
  if (!row) throw new CountersignError('NOT_FOUND', `there is no question \`${id.slice(0, 64)}\``, { hint: '`countersign escalations list` shows those that are open' });
  const found = summary(row);
  // The event passed its schema before it came here.
  const { data } = JSON.parse(row.event ?? '') as { readonly data: EventData<'countersign.run.input-requested'> };
  const task = await taskOf(db, row.run);
  return { ...found, question: data, event: { id: row.event_id ?? '', sha256: row.sha256 }, people: answerersOf(found, row.subject, voters), ...(row.subject !== null && { subject: row.subject }), ...(task && { task }) };
};
