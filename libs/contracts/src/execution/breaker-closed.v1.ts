import { IsTool } from '../values/decorators.js';
import { defineEvent } from '../define-event.js';

/** The call that was tried was answered: the tool is called as before. */
export class BreakerClosedV1 {
  @IsTool() tool!: string;
}

export const breakerClosedV1 = defineEvent({
  type: 'countersign.breaker.closed',
  version: 1,
  topic: 'executions',
  dataClass: BreakerClosedV1,
  sample: { tool: 'payments.refund' },
});
