import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { ApiError } from './api-error.js';
import { inTransaction } from './database.js';

export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly country: string;
  readonly created_at: Date;
  readonly deleted: boolean;
}

export interface Charge {
  readonly id: string;
  readonly customer_id: string;
  readonly amount_cents: number;
  readonly currency: string;
  readonly refunded_cents: number;
  readonly refundable_cents: number;
  readonly created_at: Date;
}

export interface CustomerExport {
  readonly export_id: string;
  readonly row_count: number;
  readonly rows: readonly Customer[];
}

const CUSTOMER_COLUMNS = 'id, name, email, country, created_at, deleted';

export async function customerById(pool: Pool, id: string): Promise<Customer> {
  const { rows } = await pool.query<Customer>(`SELECT ${CUSTOMER_COLUMNS} FROM payments.customers WHERE id = $1`, [id]);
  if (rows[0] === undefined) throw new ApiError(404, 'customer_not_found', `there is no customer \`${id}\``);
  return rows[0];
}

/** Forgets who the customer is; the charges stay, as the books need them. A second time changes nothing. */
export async function deleteCustomer(pool: Pool, id: string): Promise<Customer> {
  await pool.query(`UPDATE payments.customers SET name = '', email = '', country = '', deleted = true WHERE id = $1`, [id]);
  return customerById(pool, id);
}

export async function chargeById(pool: Pool, id: string): Promise<Charge> {
  const { rows } = await pool.query<Charge>(
    `SELECT id, customer_id, amount_cents, currency, refunded_cents, amount_cents - refunded_cents AS refundable_cents, created_at
     FROM payments.charges WHERE id = $1`,
    [id],
  );
  if (rows[0] === undefined) throw new ApiError(404, 'charge_not_found', `there is no charge \`${id}\``);
  return rows[0];
}

/** Makes `count` charges for load tests and answers with their ids. */
export async function createCharges(pool: Pool, count: number, amountCents: number, customerId: string): Promise<string[]> {
  await customerById(pool, customerId);
  const ids = Array.from({ length: count }, () => `ch_${randomUUID()}`);
  await pool.query(
    `INSERT INTO payments.charges (id, customer_id, amount_cents, currency) SELECT id, $2, $3, 'USD' FROM unnest($1::text[]) AS t(id)`,
    [ids, customerId, amountCents],
  );
  return ids;
}

/** Hands out up to `rows` customers and records that it did. `beforeCommit` may throw to undo the record. */
export function exportCustomers(
  pool: Pool,
  order: { readonly rows: number; readonly runRef: string | undefined; readonly actionRef: string | undefined },
  beforeCommit: () => void,
): Promise<CustomerExport> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Customer>(`SELECT ${CUSTOMER_COLUMNS} FROM payments.customers WHERE NOT deleted ORDER BY id LIMIT $1`, [order.rows]);
    const id = `ex_${randomUUID()}`;
    await client.query(
      'INSERT INTO payments.exports (id, rows_asked, rows_given, run_ref, action_ref) VALUES ($1, $2, $3, $4, $5)',
      [id, order.rows, rows.length, order.runRef ?? null, order.actionRef ?? null],
    );
    beforeCommit();
    return { export_id: id, row_count: rows.length, rows };
  });
}
