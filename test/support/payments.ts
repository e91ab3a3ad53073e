import { Pool } from 'pg';

export interface RefundRow {
  readonly id: string;
  readonly charge_id: string;
  readonly amount_cents: number;
  readonly reason: string;
  readonly run_ref: string | null;
}

interface Access {
  readonly url: string;
  readonly token: string;
}

/** The payments service of the refund desk: its switches over HTTP, and its own tables, read past every service. */
export class Payments {
  readonly #pool: Pool;

  constructor(
    private readonly access: Access,
    databaseUrl: string,
  ) {
    this.#pool = new Pool({ connectionString: databaseUrl, max: 2 });
    this.#pool.on('error', () => undefined);
  }

  /** A new charge that no other test knows. */
  async charge(cents: number): Promise<string> {
    const { ids } = (await this.#post('/charges', { count: 1, amount_cents: cents })) as { readonly ids: readonly string[] };
    const [id] = ids;
    if (id === undefined) throw new Error('the payments service made no charge');
    return id;
  }

  async refundsOf(charge: string): Promise<readonly RefundRow[]> {
    return (await this.#pool.query<RefundRow>('SELECT id, charge_id, amount_cents, reason, run_ref FROM payments.refunds WHERE charge_id = $1 ORDER BY created_at', [charge])).rows;
  }

  async exports(): Promise<number> {
    return Number((await this.#pool.query<{ count: string }>('SELECT count(*) FROM payments.exports')).rows[0]?.count);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const answer = await fetch(new URL(path, this.access.url), { method: 'POST', headers: { authorization: `Bearer ${this.access.token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} of the payments service answered ${answer.status}`);
    return answer.json();
  }
}
