import { IsText, IsTimestamp } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Nobody has answered yet, and those who were asked are asked again. */
export class ApprovalRemindedV1 {
  @IsText(64) approval!: string;
  @IsTimestamp() deadline!: string;
}

export const approvalRemindedV1 = defineEvent({
  type: 'countersign.approval.reminded',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalRemindedV1,
  sample: { approval: SAMPLE.approval, deadline: '2026-01-02T04:04:05.000Z' },
});
