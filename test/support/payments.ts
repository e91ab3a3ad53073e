export interface RefundRow {
  readonly id: string;
  readonly charge_id: string;
  readonly amount_cents: number;
  readonly reason: string;
  readonly run_ref: string | null;
}

/** How the service is reached. */
export interface Access {
  readonly url: string;
  readonly token: string;
}

/** Reads rows of one database. */
export type ReadRows = <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** The payments service of the refund desk: its switches over HTTP, and its own tables, read past every service. */
export class Payments {
  constructor(
    readonly access: Access,
    private readonly rows: ReadRows,
  ) {}

  /** A new charge that no other test knows. */
  async charge(cents: number): Promise<string> {
    const { ids } = (await this.#post('/charges', { count: 1, amount_cents: cents })) as { readonly ids: readonly string[] };
    const [id] = ids;
    if (id === undefined) throw new Error('the payments service made no charge');
    return id;
  }

  /** What somebody else refunds meanwhile. */
  async refund(charge: string, cents: number): Promise<void> {
    await this.#post(`/charges/${charge}/refunds`, { amount_cents: cents, reason: 'somebody else did' }, { 'idempotency-key': `other-${charge}` });
  }

  refundsOf(charge: string): Promise<readonly RefundRow[]> {
    return this.rows<RefundRow>('SELECT id, charge_id, amount_cents, reason, run_ref FROM payments.refunds WHERE charge_id = $1 ORDER BY created_at', [charge]);
  }

  /** How often each refund of a charge was taken back. */
  async reversalsOf(charge: string): Promise<readonly number[]> {
    const rows = await this.rows<{ readonly times: string }>('SELECT count(v.id) AS times FROM payments.refunds r LEFT JOIN payments.reversals v ON v.refund_id = r.id WHERE r.charge_id = $1 GROUP BY r.id', [charge]);
    return rows.map(({ times }) => Number(times));
  }

  /** What of a charge is refunded, as the service itself counts. */
  async refundedCents(charge: string): Promise<number | undefined> {
    return (await this.rows<{ readonly refunded_cents: number }>('SELECT refunded_cents FROM payments.charges WHERE id = $1', [charge]))[0]?.refunded_cents;
  }

  /** Sets the faults that its calls meet from now on, in place of all before; none ends them. */
  async meet(...faults: readonly object[]): Promise<void> {
    await this.#post('/faults', faults);
  }

  /** How often each of the faults that are set has struck. */
  async struck(): Promise<readonly number[]> {
    return (await this.#faults()).map(({ hits }) => hits);
  }

  /** Counts the requests about a charge from now on, in place of all faults: a fault that never strikes does. Gives how many there were since. */
  async watch(charge: string): Promise<() => Promise<number>> {
    await this.meet({ kind: 'hang', path: `/charges/${charge}`, every: 1_000_000 });
    return async () => (await this.#faults())[0]?.seen ?? 0;
  }

  async #faults(): Promise<readonly { readonly seen: number; readonly hits: number }[]> {
    const answer = await fetch(new URL('/faults', this.access.url), { headers: { authorization: `Bearer ${this.access.token}` } });
    return ((await answer.json()) as { readonly faults: readonly { readonly seen: number; readonly hits: number }[] }).faults;
  }

  async exports(): Promise<number> {
    const [row] = await this.rows<{ readonly count: string }>('SELECT count(*) FROM payments.exports');
    return Number(row?.count);
  }

  async #post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const answer = await fetch(new URL(path, this.access.url), { method: 'POST', headers: { authorization: `Bearer ${this.access.token}`, 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} of the payments service answered ${answer.status}`);
    return answer.json();
  }
}
