import { IsPart, IsTimestamp, IsTool } from '../values/decorators.js';
import { Tries } from '../values/amounts.js';
import { defineEvent } from '../define-event.js';

/** Too many calls of a tool failed for a tenant: none goes out until then, and then one to try. */
export class BreakerOpenedV1 {
  @IsTool() tool!: string;
  @IsTimestamp() until!: string;
  /** Calls within the time that counts; of a breaker that opens again, the one that was tried. */
  @IsPart(() => Tries) tries!: Tries;
}

export const breakerOpenedV1 = defineEvent({
  type: 'countersign.breaker.opened',
  version: 1,
  topic: 'executions',
  dataClass: BreakerOpenedV1,
  sample: { tool: 'payments.refund', until: '2026-01-02T03:04:35.000Z', tries: { calls: 12, errors: 7 } },
});
