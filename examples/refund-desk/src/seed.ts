import type { Pool } from 'pg';

interface SeedCustomer {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly country: string;
}

interface SeedCharge {
  readonly id: string;
  readonly customer_id: string;
  readonly amount_cents: number;
}

export const SEED_CUSTOMERS: readonly SeedCustomer[] = [
  { id: 'cus_ines', name: 'Ines Marchetti', email: 'ines.marchetti@example.com', country: 'IT' },
  { id: 'cus_tomas', name: 'Tomas Lindqvist', email: 'tomas.lindqvist@example.com', country: 'SE' },
  { id: 'cus_adaeze', name: 'Adaeze Okafor', email: 'adaeze.okafor@example.com', country: 'GB' },
  { id: 'cus_priya', name: 'Priya Raghavan', email: 'priya.raghavan@example.com', country: 'US' },
  { id: 'cus_jonas', name: 'Jonas Weber', email: 'jonas.weber@example.com', country: 'DE' },
  { id: 'cus_mei', name: 'Mei Tanaka', email: 'mei.tanaka@example.com', country: 'JP' },
];

/** Amounts are US cents. The tasks of this example are about these charges. */
export const SEED_CHARGES: readonly SeedCharge[] = [
  { id: 'ch_5001', customer_id: 'cus_ines', amount_cents: 1_850 },
  { id: 'ch_5002', customer_id: 'cus_tomas', amount_cents: 6_420 },
  { id: 'ch_5003', customer_id: 'cus_adaeze', amount_cents: 10_000 },
  { id: 'ch_5004', customer_id: 'cus_priya', amount_cents: 4_290 },
  { id: 'ch_5005', customer_id: 'cus_jonas', amount_cents: 124_900 },
  { id: 'ch_5006', customer_id: 'cus_mei', amount_cents: 3_500 },
  { id: 'ch_5007', customer_id: 'cus_jonas', amount_cents: 5_900 },
  { id: 'ch_5008', customer_id: 'cus_priya', amount_cents: 2_750 },
  // Six saucers, invoice IN-2207: what asks/invoice-only.json is about.
  { id: 'ch_5009', customer_id: 'cus_ines', amount_cents: 3_000 },
];

/** Puts the fixed customers and charges in. What is there already stays as it is, refunds included. */
export async function seed(pool: Pool): Promise<void> {
  await pool.query(
    `INSERT INTO payments.customers (id, name, email, country)
     SELECT id, name, email, country FROM json_to_recordset($1) AS t(id text, name text, email text, country text)
     ON CONFLICT (id) DO NOTHING`,
    [JSON.stringify(SEED_CUSTOMERS)],
  );
  await pool.query(
    `INSERT INTO payments.charges (id, customer_id, amount_cents, currency)
     SELECT id, customer_id, amount_cents, 'USD' FROM json_to_recordset($1) AS t(id text, customer_id text, amount_cents integer)
     ON CONFLICT (id) DO NOTHING`,
    [JSON.stringify(SEED_CHARGES)],
  );
}
