import type { Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import { IsCount, IsNames, IsPart, IsParts, IsPrincipal, IsSha256, IsText, IsTimestamp } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { defineEvent } from '../define-event.js';

/** People can vote from now on. */
export class ApprovalRequestedV1 {
  @IsText(64) approval!: string;
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => Reason) reasons!: Reason[];
  @IsCount(1) tier!: number;
  @IsCount(1) quorum!: number;
  @IsNames() roles!: string[];
  @IsTimestamp() deadline!: string;
  @IsPrincipal() sub!: Principal;
  @IsPrincipal() act!: Principal;
}

export const approvalRequestedV1 = defineEvent({
  type: 'countersign.approval.requested',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalRequestedV1,
  sample: { approval: 'DDDDDDDDDDDDDDDDDDDDDD', action: {
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
  }, actionHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }], tier: 2, quorum: 1, roles: ['finance'], deadline: '2026-01-02T04:04:05.000Z', sub: 'spiffe://countersign.local/tenant/acme/upstream' as Principal, act: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal },
});
