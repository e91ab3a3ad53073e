import type { RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import { IsOffset, IsPart, IsParts, IsSha256 } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { defineEvent } from '../define-event.js';

/** Policy said no. It is data, not an error. */
export class ActionDeniedV1 {
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => Reason) reasons!: Reason[];
  @IsSha256() policySet!: Sha256;
  @IsOffset() controlEpoch!: number;
}

export const actionDeniedV1 = defineEvent({
  type: 'countersign.action.denied',
  version: 1,
  topic: 'decisions',
  dataClass: ActionDeniedV1,
  sample: { action: {
    tenant: 'acme' as Tenant,
    workflow: 'refund-desk' as Workflow,
    run: 'run-AAAAAAAAAAAAAAAAAAAAAA' as RunId,
    step: 'refund' as StepId,
    tool: 'payments.refund',
    toolContractHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256,
    args: { charge: 'ch_1', amount_cents: 1200 },
    destination: 'payments',
    idempotencyKey: 'BBBBBBBBBBBBBBBBBBBBBB',
    dryRun: false,
  }, actionHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, reasons: [{ rule: 'no_bulk_export', code: 'rule.forbids', message: 'rows is above 1000' }], policySet: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, controlEpoch: 12 },
});
