import type { Principal, Sha256 } from '@countersign/kernel';
import { IsPrincipal, IsSha256, IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person said no. */
export class ApprovalRejectedV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsPrincipal() by!: Principal;
  @IsText(500) reason!: string;
}

export const approvalRejectedV1 = defineEvent({
  type: 'countersign.approval.rejected',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalRejectedV1,
  sample: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, by: SAMPLE.person, reason: 'the customer withdrew' },
});
