import type { Sha256 } from '@countersign/kernel';
import { IsSha256, IsText, IsTimestamp } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Nobody answered in time. */
export class ApprovalExpiredV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsTimestamp() deadline!: string;
}

export const approvalExpiredV1 = defineEvent({
  type: 'countersign.approval.expired',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalExpiredV1,
  sample: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, deadline: '2026-01-02T04:04:05.000Z' },
});
