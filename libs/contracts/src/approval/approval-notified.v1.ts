import type { Sha256 } from '@countersign/kernel';
import { IsNames, IsPart, IsParts, IsSha256, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { Action } from '../values/action.js';
import { Reason } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** People are told of what is done without being asked for it. */
export class ApprovalNotifiedV1 {
  /** The grant. */
  @IsText(64) jti!: string;
  @IsPart(() => Action) action!: Action;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => Reason) reasons!: Reason[];
  /** Empty: any approver. */
  @IsNames() roles!: string[];
  /** It may be taken back until then; absent where nobody can take it back. */
  @Optional() @IsTimestamp() undoUntil?: string;
}

export const approvalNotifiedV1 = defineEvent({
  type: 'countersign.approval.notified',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalNotifiedV1,
  sample: {
    jti: SAMPLE.jti,
    action: SAMPLE.action,
    actionHash: SAMPLE.actionHash,
    reasons: [{ rule: 'refunds_are_told', code: 'rule.asks', message: 'amount_usd is above 10' }],
    roles: ['finance'],
    undoUntil: '2026-01-02T04:04:05.000Z',
  },
});
