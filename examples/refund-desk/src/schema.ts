import type { Pool } from 'pg';
import { inTransaction, isUnavailable } from './database.js';

/** Any fixed number: two processes that start together must not create the same schema at once. */
const SCHEMA_LOCK = 7_290_441;
/** A database on the same machine is up in 2 s; one that recovers from a crash may take longer. */
const DATABASE_PATIENCE_MS = 30_000;
const RETRY_EVERY_MS = 250;

const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS payments;
CREATE TABLE IF NOT EXISTS payments.customers (
  id text PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  country text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE payments.customers ADD COLUMN IF NOT EXISTS deleted boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS payments.charges (
  id text PRIMARY KEY,
  customer_id text NOT NULL REFERENCES payments.customers (id),
  amount_cents integer NOT NULL CHECK (amount_cents > 0),
  currency text NOT NULL,
  refunded_cents integer NOT NULL DEFAULT 0 CHECK (refunded_cents BETWEEN 0 AND amount_cents),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS payments.refunds (
  id text PRIMARY KEY,
  charge_id text NOT NULL REFERENCES payments.charges (id),
  amount_cents integer NOT NULL CHECK (amount_cents > 0),
  reason text NOT NULL,
  idempotency_key text NOT NULL UNIQUE,
  request_sha256 text NOT NULL,
  run_ref text,
  action_ref text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS refunds_by_charge ON payments.refunds (charge_id, created_at);
CREATE TABLE IF NOT EXISTS payments.reversals (
  id text PRIMARY KEY,
  refund_id text NOT NULL UNIQUE REFERENCES payments.refunds (id),
  idempotency_key text NOT NULL UNIQUE,
  run_ref text,
  action_ref text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS payments.receipts (
  id text PRIMARY KEY,
  charge_id text NOT NULL REFERENCES payments.charges (id),
  sent_to text NOT NULL,
  run_ref text,
  action_ref text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS payments.exports (
  id text PRIMARY KEY,
  rows_asked integer NOT NULL,
  rows_given integer NOT NULL,
  run_ref text,
  action_ref text,
  created_at timestamptz NOT NULL DEFAULT now()
);
`;

/** Creates what is missing. Waits up to 30 s for the database, then throws what it said last. */
export async function createSchema(pool: Pool): Promise<void> {
  const deadline = Date.now() + DATABASE_PATIENCE_MS;
  for (;;) {
    try {
      await inTransaction(pool, async (client) => {
        await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
        await client.query(SCHEMA);
      });
      return;
    } catch (error) {
      if (!isUnavailable(error) || Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MS));
    }
  }
}
