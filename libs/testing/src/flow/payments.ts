import type { CallOutcome, PreviewOutcome, ReadBackOutcome } from '@countersign/domain';
import { sha256, type JsonObject } from '@countersign/kernel';

/** What goes wrong with one call. `lost`: done, and no answer; `silent`: not done, and no answer; `broken`: 500 after it was done. */
export type CallFault = 'none' | 'lost' | 'silent' | 'broken' | 'not-sent' | 'busy';

/** An outside system with a memory: what was done, by idempotency key. */
export class Payments {
  /** How often something was really done under each key. */
  readonly effects = new Map<string, number>();
  calls = 0;

  constructor(private readonly remembersKeys = true) {}

  refund(key: string, args: JsonObject, fault: CallFault): CallOutcome {
    this.calls += 1;
    if (fault === 'not-sent') return { kind: 'not-sent', code: 'ECONNREFUSED', latencyMs: 1 };
    if (fault === 'busy') return { kind: 'answered', status: 429, faults: [], latencyMs: 1 };
    if (fault === 'silent') return { kind: 'timeout', latencyMs: 5_000 };
    if (!this.remembersKeys || !this.effects.has(key)) this.effects.set(key, (this.effects.get(key) ?? 0) + 1);
    if (fault === 'lost') return { kind: 'timeout', latencyMs: 5_000 };
    if (fault === 'broken') return { kind: 'answered', status: 500, faults: [], latencyMs: 1 };
    return { kind: 'answered', status: 201, faults: [], ...this.#record(key, args), latencyMs: 1 };
  }

  look(key: string, args: JsonObject): ReadBackOutcome {
    if (!this.effects.has(key)) return { kind: 'absent', latencyMs: 1 };
    return { kind: 'found', sha256: sha256(key), faults: [], ...this.#record(key, args), latencyMs: 1 };
  }

  /** What a refund would do; nothing is done by asking. */
  preview(args: JsonObject): PreviewOutcome {
    return { kind: 'dry-run', changes: [{ field: 'refunded', now: 0, after: Number(args['amount_cents'] ?? 0), unit: 'usd-cents' }] };
  }

  #record(key: string, args: JsonObject): { readonly result: JsonObject; readonly outsideId: string } {
    return { result: { refund: key, amount_cents: args['amount_cents'] ?? 0 }, outsideId: key };
  }
}
