import type { Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import { IsCount, IsOffset, IsNames, IsPart, IsParts, IsPrincipal, IsSha256, IsText, IsTimestamp } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { defineEvent } from '../define-event.js';

/** Policy wants people to look first. */
export class ApprovalRequiredV1 {
  /** Id of the approval that is asked for. */
  @IsText(64) approval!: string;
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => Reason) reasons!: Reason[];
  @IsSha256() policySet!: Sha256;
  @IsOffset() controlEpoch!: number;
  @IsCount(1) tier!: number;
  @IsCount(1) quorum!: number;
  @IsNames() roles!: string[];
  /** Nobody answered by then: the approval expires. */
  @IsTimestamp() deadline!: string;
  @IsPrincipal() sub!: Principal;
  @IsPrincipal() act!: Principal;
  /** The run's: nothing is granted after it. */
  @IsTimestamp() runDeadline!: string;
}

export const approvalRequiredV1 = defineEvent({
  type: 'countersign.approval.required',
  version: 1,
  topic: 'decisions',
  dataClass: ApprovalRequiredV1,
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
  }, actionHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }], policySet: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, controlEpoch: 12, tier: 2, quorum: 1, roles: ['finance'], deadline: '2026-01-02T04:04:05.000Z', sub: 'spiffe://countersign.local/tenant/acme/upstream' as Principal, act: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal, runDeadline: '2026-01-02T04:04:05.000Z' },
});
