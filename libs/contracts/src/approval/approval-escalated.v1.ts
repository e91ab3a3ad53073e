import { ArrayNotEmpty, IsIn } from 'class-validator';
import type { Principal } from '@countersign/kernel';
import { IsNames, IsPrincipal, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { ESCALATION_REASONS, type EscalationReason } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The fallback roles are asked besides, from here on. */
export class ApprovalEscalatedV1 {
  @IsText(64) approval!: string;
  @IsNames() @ArrayNotEmpty() to!: string[];
  @IsIn(ESCALATION_REASONS) why!: EscalationReason;
  /** Who called for it; absent where nobody did. */
  @Optional() @IsPrincipal() by?: Principal;
  @IsTimestamp() deadline!: string;
}

export const approvalEscalatedV1 = defineEvent({
  type: 'countersign.approval.escalated',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalEscalatedV1,
  sample: { approval: SAMPLE.approval, to: ['finance-lead'], why: 'time', deadline: '2026-01-02T04:04:05.000Z' },
});
