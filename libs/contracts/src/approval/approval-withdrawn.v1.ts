import { IsIn } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { IsSha256, IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The question is taken back: what it is about was stopped, or its run is over. Nobody has to answer any more. */
export class ApprovalWithdrawnV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsIn(['stopped', 'run-closed']) why!: 'stopped' | 'run-closed';
  @IsText(500) reason!: string;
}

export const approvalWithdrawnV1 = defineEvent({
  type: 'countersign.approval.withdrawn',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalWithdrawnV1,
  sample: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, why: 'stopped', reason: 'tenant:acme is stopped: an incident' },
});
