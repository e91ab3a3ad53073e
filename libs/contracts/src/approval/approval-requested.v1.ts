import { Equals } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsCount, IsNames, IsPart, IsParts, IsPrincipal, IsPrincipals, IsSha256, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Stages } from '../values/amounts.js';
import { Reason } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** People can vote from now on. */
export class ApprovalRequestedV1 extends Stages {
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
  /** Who put the agent contract in force that the run is under: they do not vote either. */
  @IsPrincipals() authors!: Principal[];
  /** The tool's contract says that nothing takes its effect back; absent where it does not. */
  @Optional() @Equals(true) irreversible?: true;
  /** What would change is being looked at: `approval.previewed` follows, and no yes counts before. Absent: the tool has no way to say it. */
  @Optional() @Equals('pending') preview?: 'pending';
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
    authors: [SAMPLE.admin],
    preview: 'pending',
    remindAt: '2026-01-02T03:34:05.000Z',
    escalateAt: '2026-01-02T03:49:05.000Z',
    escalateTo: ['finance-lead'],
  },
});
