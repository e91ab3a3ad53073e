import type { Event } from '@countersign/contracts';
import { sql, type Kysely } from 'kysely';
import type { EventRow, Tables } from './tables.js';
import type { SignOffView } from './views.js';

export interface SignOffFilter {
  readonly tenant: string;
  readonly workflow: string;
}

/** More than these nobody reads; the newest count. */
const MOST_SIGN_OFFS = 200;

/** What people have signed about the readiness of a workflow, the newest first; without what the ledger has found to be signed by nobody of the directory. */
export const listSignOffs = async (db: Kysely<Tables>, { tenant, workflow }: SignOffFilter): Promise<readonly SignOffView[]> => {
  const { rows } = await sql<EventRow>`
    select e.* from events e
    where e.type = 'countersign.readiness.signed' and e.tenant = ${tenant} and e.workflow = ${workflow}
      and not exists (select from rejected_records r where r.topic = e.topic and r.partition = e.partition and r."offset" = e."offset")
    order by e.recorded_at desc, e.id limit ${sql.lit(MOST_SIGN_OFFS)}`.execute(db);
  return rows.map((row) => {
    // It passed its schema before it came here.
    const { id, actor, data } = JSON.parse(row.event ?? '') as Event<'countersign.readiness.signed'>;
    const { role, subject, met, reason } = data;
    return { id, person: actor, role, subject, met, reason, at: row.recorded_at, topic: row.topic, partition: row.partition, offset: row.offset, sha256: row.sha256 };
  });
};
