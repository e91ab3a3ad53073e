import { sql, type Transaction } from 'kysely';
import { sha256 } from '@countersign/kernel';
import type { Tables } from './tables.js';

/** The key of each table whose content the log alone decides. Positions are not among them: they say how far, not what. */
const KEYS: Readonly<Record<Exclude<keyof Tables, 'positions'>, readonly string[]>> = {
  events: ['topic', 'partition', 'offset'],
  rejected_records: ['topic', 'partition', 'offset'],
  runs: ['id'],
  actions: ['run', 'step'],
  approvals: ['id'],
  votes: ['approval', 'voter'],
  rulings: ['rule', 'run'],
  escalations: ['id'],
  standing: ['id'],
  config_files: ['kind', 'id', 'hash'],
};

export interface Fingerprint {
  /** SHA-256 over all tables. */
  readonly hash: string;
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly hash: string }>>;
}

/**
 * Hashes of the content, to tell whether two models are equal. PostgreSQL hashes row by row and then the hashes in the order of the
 * keys (32 bytes a row, so 30 million rows fit its limit for one value).
 */
export const fingerprint = async (trx: Transaction<Tables>): Promise<Fingerprint> => {
  const tables: Record<string, { rows: number; hash: string }> = {};
  for (const [table, key] of Object.entries(KEYS)) {
    // Order by bytes, whatever the database's collation.
    const order = sql.join(key.map((column) => sql`t.${sql.ref(column)}::text collate "C"`));
    const { rows } = await sql<{ readonly rows: number; readonly hash: string }>`
      select count(*) as rows, encode(sha256(coalesce(string_agg(sha256(convert_to(t::text, 'UTF8')), ''::bytea order by ${order}), ''::bytea)), 'hex') as hash
      from ${sql.table(table)} as t`.execute(trx);
    const [row] = rows;
    if (row) tables[table] = { rows: row.rows, hash: row.hash };
  }
  return { hash: sha256(JSON.stringify(tables)), tables };
};
