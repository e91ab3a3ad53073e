import type { Kysely } from 'kysely';
import { CountersignError, type JsonObject } from '@countersign/kernel';
import type { Tables } from './tables.js';
import type { ConfigFileView, EffectView, Undoing } from './views.js';
import { withoutNulls } from './without-nulls.js';

/** More actions of one outside id than these nobody looks through. */
const MOST_EFFECTS = 20;

/** The actions whose effect an outside system knows by an id, the newest first. The id of one system may be that of another. */
export const effectsOf = async (db: Kysely<Tables>, outsideId: string): Promise<readonly EffectView[]> => {
  const rows = await db
    .selectFrom('actions')
    .innerJoin('runs', 'runs.id', 'actions.run')
    .select(['actions.run', 'actions.step', 'actions.tool', 'actions.destination', 'actions.executed_at', 'actions.outside_id', 'runs.tenant', 'runs.workflow'])
    .where('actions.outside_id', '=', outsideId)
    .orderBy('actions.executed_at', 'desc')
    .orderBy('actions.run')
    .limit(MOST_EFFECTS)
    .execute();
  return rows.map(({ run, step, tool, destination, executed_at, outside_id, tenant, workflow }) => withoutNulls({ run, tenant, workflow, step, tool, destination, outsideId: outside_id ?? outsideId, at: executed_at }));
};

/** What undid actions of a run, or is to: steps of its own, and runs that people have ordered. */
export const undoingsOf = async (db: Kysely<Tables>, run: string): Promise<readonly Undoing[]> => {
  const own = await db.selectFrom('actions').select(['step', 'undone_by']).where('run', '=', run).where('undone_by', 'is not', null).orderBy('step').execute();
  const ordered = await db.selectFrom('runs').select(['id', 'undoes_step', 'outcome']).where('undoes_run', '=', run).orderBy('seen_at').orderBy('id').execute();
  return [
    ...own.map(({ step, undone_by }): Undoing => ({ step, run, by: undone_by ?? '', outcome: 'succeeded' })),
    ...ordered.map(({ id, undoes_step, outcome }): Undoing => ({ step: undoes_step ?? '', run: id, ...(outcome !== null && { outcome }) })),
  ];
};

/** A file of the configuration as it was published. Throws `NOT_FOUND`. */
export const configFile = async (db: Kysely<Tables>, kind: string, hash: string): Promise<ConfigFileView> => {
  const row = await db.selectFrom('config_files').selectAll().where('kind', '=', kind).where('hash', '=', hash).orderBy('id').executeTakeFirst();
  if (!row) throw new CountersignError('NOT_FOUND', `no ${kind} with the hash \`${hash.slice(0, 64)}\` was published`);
  return { ...row, body: JSON.parse(row.body) as JsonObject };
};
