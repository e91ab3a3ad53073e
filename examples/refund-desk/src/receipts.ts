import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { chargeById } from './records.js';

export interface Receipt {
  readonly id: string;
  readonly charge_id: string;
  readonly sent_to: string;
  readonly created_at: Date;
}

/** Records that the receipt of a charge was sent. This desk has no mail server: what counts is whereto. */
export async function sendReceipt(pool: Pool, order: { readonly chargeId: string; readonly to: string; readonly runRef: string | undefined; readonly actionRef: string | undefined }): Promise<Receipt> {
  await chargeById(pool, order.chargeId);
  const { rows } = await pool.query<Receipt>(
    'INSERT INTO payments.receipts (id, charge_id, sent_to, run_ref, action_ref) VALUES ($1, $2, $3, $4, $5) RETURNING id, charge_id, sent_to, created_at',
    [`rc_${randomUUID()}`, order.chargeId, order.to, order.runRef ?? null, order.actionRef ?? null],
  );
  if (rows[0] === undefined) throw new Error('an insert gave no row');
  return rows[0];
}

export async function receiptsOf(pool: Pool, chargeId: string): Promise<readonly Receipt[]> {
  const { rows } = await pool.query<Receipt>('SELECT id, charge_id, sent_to, created_at FROM payments.receipts WHERE charge_id = $1 ORDER BY created_at', [chargeId]);
  return rows;
}
