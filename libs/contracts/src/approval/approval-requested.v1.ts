import { Equals } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsCount, IsNames, IsPart, IsParts, IsPrincipal, IsSha256, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
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
  /** Only `sub` can answer, and nobody else. Absent where approvers are asked. */
  @Optional() @Equals(true) confirmation?: true;
  @IsPrincipal() sub!: Principal;
  @IsPrincipal() act!: Principal;
}

export const approvalRequestedV1 = defineEvent({
  type: 'countersign.approval.requested',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalRequestedV1,
  sample: {
    approval: SAMPLE.approval,
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }],
    tier: 2,
    quorum: 1,
    roles: ['finance'],
    deadline: '2026-01-02T04:04:05.000Z',
    sub: SAMPLE.upstream,
    act: SAMPLE.agent,
  },
});
