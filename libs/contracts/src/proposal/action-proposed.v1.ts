import { IsIn } from 'class-validator';
import type { Principal, RunId, Sha256, StepId, Tenant, Workflow } from '@countersign/kernel';
import { IsNames, IsPart, IsPrincipal, IsSha256, IsTimestamp } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { defineEvent } from '../define-event.js';

/** The planner wants this done. It is only a wish. */
export class ActionProposedV1 {
  @IsPart(() => Action) action!: Action;
  /** SHA-256 of the canonical action; every reader computes it again. */
  @IsSha256() actionHash!: Sha256;
  @IsIn(['read', 'write']) effect!: 'read' | 'write';
  /** Steps whose outcome this one waited for. */
  @IsNames() after!: string[];
  @IsPrincipal() agent!: Principal;
  @IsPrincipal() subject!: Principal;
  /** Hash of the agent contract that the run is pinned to. */
  @IsSha256() contractHash!: Sha256;
  /** The run's: nothing is granted after it. */
  @IsTimestamp() runDeadline!: string;
}

export const actionProposedV1 = defineEvent({
  type: 'countersign.action.proposed',
  version: 1,
  topic: 'proposals',
  dataClass: ActionProposedV1,
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
  }, actionHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, effect: 'write', after: ['charge'], agent: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal, subject: 'spiffe://countersign.local/tenant/acme/upstream' as Principal, contractHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, runDeadline: '2026-01-02T04:04:05.000Z' },
});
