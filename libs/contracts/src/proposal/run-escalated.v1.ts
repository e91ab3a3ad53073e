import { IsIn } from 'class-validator';
import type { Sha256, StepId } from '@countersign/kernel';
import { IsName, IsParts, IsSha256, IsText, IsTimestamp } from '../values/decorators.js';
import { RUN_ESCALATION_REASONS, type RunEscalationReason } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** An event that a person should look at. */
export class EventEvidence {
  @IsText(64) id!: string;
  /** Of its bytes on the log. */
  @IsSha256() sha256!: Sha256;
}

/** The run goes no further: a person of a role has to look. */
export class RunEscalatedV1 {
  @IsText(64) escalation!: string;
  @IsIn(RUN_ESCALATION_REASONS) reason!: RunEscalationReason;
  @IsName() step!: StepId;
  @IsText() message!: string;
  /** What led to it; the event that did is this one's own cause. */
  @IsParts(() => EventEvidence) evidence!: EventEvidence[];
  @IsName() role!: string;
  /** Nobody has said anything until then: the run is closed. */
  @IsTimestamp() deadline!: string;
}

export const runEscalatedV1 = defineEvent({
  type: 'countersign.run.escalated',
  version: 1,
  topic: 'proposals',
  dataClass: RunEscalatedV1,
  sample: {
    escalation: SAMPLE.approval,
    reason: 'effect.diverged',
    step: SAMPLE.step,
    message: 'what was read back differs at `/amount_cents`',
    evidence: [{ id: SAMPLE.jti, sha256: SAMPLE.fileHash }],
    role: 'finance',
    deadline: '2026-01-02T07:04:05.000Z',
  },
});
