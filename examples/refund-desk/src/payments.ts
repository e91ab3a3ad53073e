import { createHash, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { ApiError } from './api-error.js';
import { inTransaction } from './database.js';
import { chargeById } from './records.js';

export interface RefundOrder {
  readonly chargeId: string;
  readonly amountCents: number;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly runRef: string | undefined;
  readonly actionRef: string | undefined;
}

/** Made of the stored row alone, so that the answer to a repeated request is the first one's, byte for byte. */
export interface Refund {
  readonly id: string;
  readonly charge_id: string;
  readonly amount_cents: number;
  readonly currency: string;
  readonly reason: string;
  readonly idempotency_key: string;
  readonly run_ref: string | null;
  readonly action_ref: string | null;
  readonly created_at: Date;
}

const REFUND_COLUMNS = `r.id, r.charge_id, r.amount_cents, c.currency, r.reason, r.idempotency_key, r.run_ref, r.action_ref, r.created_at`;
const REFUND_ROWS = `FROM payments.refunds r JOIN payments.charges c ON c.id = r.charge_id`;
/** A page that a caller can read at once; no charge of the examples has so many refunds. */
const LONGEST_LIST = 100;

/**
 * Refunds once for each idempotency key, whatever the races: the charge's row lock orders requests for one charge,
 * the unique key orders those for different charges. `beforeCommit` may throw to undo everything.
 */
export function createRefund(
  pool: Pool,
  order: RefundOrder,
  beforeCommit: () => void,
): Promise<{ readonly refund: Refund; readonly replayed: boolean }> {
  const sha256 = requestHash(order);
  return inTransaction(pool, async (client) => {
    const charge = await lockCharge(client, order.chargeId);
    const earlier = await refundWithKey(client, order.idempotencyKey, sha256);
    if (earlier !== undefined) return { refund: earlier, replayed: true };
    requireRemaining(order.chargeId, order.amountCents, charge.amount_cents - charge.refunded_cents);
    const id = `re_${randomUUID()}`;
    const inserted = await client.query(
      `INSERT INTO payments.refunds (id, charge_id, amount_cents, reason, idempotency_key, request_sha256, run_ref, action_ref)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (idempotency_key) DO NOTHING`,
      [id, order.chargeId, order.amountCents, order.reason, order.idempotencyKey, sha256, order.runRef ?? null, order.actionRef ?? null],
    );
    // A request for another charge came first with the same key.
    if (inserted.rowCount === 0) throw keyReused();
    await client.query('UPDATE payments.charges SET refunded_cents = refunded_cents + $2 WHERE id = $1', [
      order.chargeId,
      order.amountCents,
    ]);
    const refund = await refundById(client, id);
    beforeCommit();
    return { refund, replayed: false };
  });
}

/** What a refund would make of its charge. */
export interface RefundPreview {
  readonly charge_id: string;
  readonly currency: string;
  readonly refunded_cents: { readonly now: number; readonly after: number };
  readonly refundable_cents: { readonly now: number; readonly after: number };
}

/** The same checks as a refund, of the charge as it is now; nothing is written, and no key is used up. */
export async function previewRefund(pool: Pool, { chargeId, amountCents }: Pick<RefundOrder, 'chargeId' | 'amountCents'>): Promise<RefundPreview> {
  const { currency, refunded_cents: refunded, refundable_cents: remaining } = await chargeById(pool, chargeId);
  requireRemaining(chargeId, amountCents, remaining);
  return {
    charge_id: chargeId,
    currency,
    refunded_cents: { now: refunded, after: refunded + amountCents },
    refundable_cents: { now: remaining, after: remaining - amountCents },
  };
}

function requireRemaining(chargeId: string, amountCents: number, remaining: number): void {
  if (amountCents > remaining) throw new ApiError(409, 'over_refunded', `charge \`${chargeId}\` has ${remaining} cents left to refund`);
}

export async function refundById(database: Pool | PoolClient, id: string): Promise<Refund> {
  const { rows } = await database.query<Refund>(`SELECT ${REFUND_COLUMNS} ${REFUND_ROWS} WHERE r.id = $1`, [id]);
  if (rows[0] === undefined) throw new ApiError(404, 'refund_not_found', `there is no refund \`${id}\``);
  return rows[0];
}

/** Oldest first, at most 100. */
export async function findRefunds(pool: Pool, by: { readonly idempotencyKey?: string; readonly chargeId?: string }): Promise<Refund[]> {
  const { rows } = await pool.query<Refund>(
    `SELECT ${REFUND_COLUMNS} ${REFUND_ROWS}
     WHERE ($1::text IS NULL OR r.idempotency_key = $1) AND ($2::text IS NULL OR r.charge_id = $2)
     ORDER BY r.created_at, r.id LIMIT ${LONGEST_LIST}`,
    [by.idempotencyKey ?? null, by.chargeId ?? null],
  );
  return rows;
}

async function lockCharge(client: PoolClient, id: string): Promise<{ readonly amount_cents: number; readonly refunded_cents: number }> {
  const { rows } = await client.query<{ amount_cents: number; refunded_cents: number }>(
    'SELECT amount_cents, refunded_cents FROM payments.charges WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (rows[0] === undefined) throw new ApiError(404, 'charge_not_found', `there is no charge \`${id}\``);
  return rows[0];
}

/** The refund that was made under this key. Throws if the key was used for another request. */
async function refundWithKey(client: PoolClient, key: string, sha256: string): Promise<Refund | undefined> {
  const { rows } = await client.query<{ id: string; request_sha256: string }>(
    'SELECT id, request_sha256 FROM payments.refunds WHERE idempotency_key = $1',
    [key],
  );
  if (rows[0] === undefined) return undefined;
  if (rows[0].request_sha256 !== sha256) throw keyReused();
  return refundById(client, rows[0].id);
}

function keyReused(): ApiError {
  return new ApiError(422, 'idempotency_key_reused', 'this `Idempotency-Key` was used for another request');
}

/** Over what was asked, not over its bytes: white space and the order of fields do not make another request. */
function requestHash(order: RefundOrder): string {
  return createHash('sha256')
    .update(JSON.stringify([order.chargeId, order.amountCents, order.reason]))
    .digest('hex');
}
