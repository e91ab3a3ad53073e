import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { ApiError } from './api-error.js';
import { inTransaction } from './database.js';

export interface ReversalOrder {
  readonly refundId: string;
  readonly idempotencyKey: string;
  readonly runRef: string | undefined;
  readonly actionRef: string | undefined;
}

/** A refund that was taken back: the whole of it, once. */
export interface Reversal {
  readonly id: string;
  readonly refund_id: string;
  readonly charge_id: string;
  readonly amount_cents: number;
  readonly idempotency_key: string;
  readonly run_ref: string | null;
  readonly action_ref: string | null;
  readonly created_at: Date;
}

const REVERSALS = `SELECT v.id, v.refund_id, r.charge_id, r.amount_cents, v.idempotency_key, v.run_ref, v.action_ref, v.created_at
  FROM payments.reversals v JOIN payments.refunds r ON r.id = v.refund_id`;

/** Takes a refund back once, whatever the races: the refund's row lock orders requests. The same key gets the same answer; another gets 409. */
export function reverseRefund(pool: Pool, order: ReversalOrder, beforeCommit: () => void): Promise<{ readonly reversal: Reversal; readonly replayed: boolean }> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ charge_id: string; amount_cents: number }>('SELECT charge_id, amount_cents FROM payments.refunds WHERE id = $1 FOR UPDATE', [order.refundId]);
    const [refund] = rows;
    if (refund === undefined) throw new ApiError(404, 'refund_not_found', `there is no refund \`${order.refundId}\``);
    const [earlier] = await reversalsOf(client, order.refundId);
    if (earlier?.idempotency_key === order.idempotencyKey) return { reversal: earlier, replayed: true };
    if (earlier !== undefined) throw new ApiError(409, 'already_reversed', `refund \`${order.refundId}\` was taken back already`);
    const inserted = await client.query(
      'INSERT INTO payments.reversals (id, refund_id, idempotency_key, run_ref, action_ref) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (idempotency_key) DO NOTHING',
      [`rv_${randomUUID()}`, order.refundId, order.idempotencyKey, order.runRef ?? null, order.actionRef ?? null],
    );
    if (inserted.rowCount === 0) throw new ApiError(422, 'idempotency_key_reused', 'this `Idempotency-Key` was used for another request');
    await client.query('UPDATE payments.charges SET refunded_cents = refunded_cents - $2 WHERE id = $1', [refund.charge_id, refund.amount_cents]);
    const [reversal] = await reversalsOf(client, order.refundId);
    if (reversal === undefined) throw new ApiError(500, 'reversal_lost', 'what was written cannot be read');
    beforeCommit();
    return { reversal, replayed: false };
  });
}

/** None, or the one. */
export async function reversalsOf(database: Pool | PoolClient, refundId: string): Promise<Reversal[]> {
  const { rows } = await database.query<Reversal>(`${REVERSALS} WHERE v.refund_id = $1`, [refundId]);
  return rows;
}
