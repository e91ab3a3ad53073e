import type { StepId } from '@countersign/kernel';
import { IsName, IsText, IsTimestamp } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Nobody has answered in time: the run ends as if nobody had been asked. */
export class RunInputExpiredV1 {
  @IsText(64) escalation!: string;
  @IsName() step!: StepId;
  @IsTimestamp() deadline!: string;
}

export const runInputExpiredV1 = defineEvent({
  type: 'countersign.run.input-expired',
  version: 1,
  topic: 'proposals',
  dataClass: RunInputExpiredV1,
  sample: { escalation: SAMPLE.approval, step: SAMPLE.step, deadline: '2026-01-02T07:04:05.000Z' },
});
