import { IsIn } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { IsSha256, IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The question to people ended without a yes. */
export class DecisionLapsedV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  /** Nobody answered, somebody said no, or the question was taken back: three different things, and none is a denial by policy. */
  @IsIn(['expired', 'rejected', 'withdrawn']) reason!: 'expired' | 'rejected' | 'withdrawn';
  @IsText() message!: string;
}

export const decisionLapsedV1 = defineEvent({
  type: 'countersign.decision.lapsed',
  version: 1,
  topic: 'decisions',
  dataClass: DecisionLapsedV1,
  sample: {
    approval: SAMPLE.approval,
    actionHash: SAMPLE.actionHash,
    reason: 'expired',
    message: 'nobody answered in time',
  },
});
