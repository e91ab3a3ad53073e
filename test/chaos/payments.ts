import { Client } from 'pg';
import type { PaymentsFault } from './schedule.ts';
import type { RefundRow } from './judge/verdict.ts';

/** The most that the payments service makes at once. */
const MOST_AT_ONCE = 10_000;

interface Access {
  readonly url: string;
  readonly token: string;
}

const post = async ({ url, token }: Access, path: string, body: unknown): Promise<Record<string, unknown>> => {
  const answer = await fetch(new URL(path, url), { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} of the payments service answered ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
};

/** New charges of one amount. */
export const makeCharges = async (access: Access, count: number, cents: number): Promise<string[]> => {
  const ids: string[] = [];
  while (ids.length < count) {
    const { ids: made } = await post(access, '/charges', { count: Math.min(MOST_AT_ONCE, count - ids.length), amount_cents: cents });
    ids.push(...(made as string[]));
  }
  return ids;
};

/** Arms faults in place of those before; the first that is due strikes. */
export const armFaults = async (access: Access, faults: readonly PaymentsFault[]): Promise<void> => {
  await post(access, '/faults', faults);
};

/** Arms a fault in place of the one before. */
export const armFault = async (access: Access, fault: PaymentsFault | { readonly kind: 'none' }): Promise<void> => {
  await post(access, '/faults', fault);
};

/** Rows of a database, read past every service. */
export const readRows = async <Row extends object>(databaseUrl: string, sql: string): Promise<Row[]> => {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** The service's own tables: what really happened. */
export const readPayments = async (databaseUrl: string): Promise<{ readonly refunds: readonly RefundRow[]; readonly refundedCents: ReadonlyMap<string, number> }> => {
  const refunds = await readRows<RefundRow>(databaseUrl, 'SELECT id, charge_id, amount_cents, reason, run_ref FROM payments.refunds ORDER BY created_at, id');
  const charges = await readRows<{ id: string; refunded_cents: number }>(databaseUrl, 'SELECT id, refunded_cents FROM payments.charges');
  return { refunds, refundedCents: new Map(charges.map(({ id, refunded_cents: cents }) => [id, cents])) };
};
