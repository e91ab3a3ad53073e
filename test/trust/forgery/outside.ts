import type { Json } from '@countersign/kernel';
import type { ToolAnswer, ToolClient, ToolRequest } from '../../../apps/executor/src/adapters/tool-client.js';

/** A payments system in memory: what was done, by idempotency key. */
export class Outside implements ToolClient {
  readonly done = new Map<string, Json>();
  calls = 0;
  /** Whether what it tells of a refund has the charge too. Without it, a tool that looks at that finds its effect not as it should be. */
  tellsCharges = false;

  send(_connection: unknown, { method, path, headers, query, body }: ToolRequest): Promise<ToolAnswer> {
    if (method === 'GET' && path.startsWith('/charges/')) return Promise.resolve({ kind: 'answered', status: 200, body: { id: path.split('/')[2] ?? '', amount_cents: 90_000, refundable_cents: 90_000, currency: 'USD' } });
    if (method === 'GET') {
      const found = this.done.get(String(query['idempotency_key']));
      return Promise.resolve({ kind: 'answered', status: 200, body: { refunds: found === undefined ? [] : [found], ...(this.tellsCharges && { charges: [{ amount_cents: 90_000, refunded_cents: 1_200 }] }) } });
    }
    this.calls += 1;
    const key = headers['Idempotency-Key'] ?? headers['idempotency-key'] ?? '';
    const { amount_cents } = body as { readonly amount_cents: number };
    const refund = { id: `re_${this.calls}`, charge_id: path.split('/')[2] ?? '', amount_cents, idempotency_key: key };
    this.done.set(key, refund);
    return Promise.resolve({ kind: 'answered', status: 201, body: refund });
  }
}
