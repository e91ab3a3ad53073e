import { ArrayNotEmpty } from 'class-validator';
import { IsNames, IsText, IsTimestamp } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Three quarters of the time of a question are over: others are asked besides. */
export class RunInputEscalatedV1 {
  @IsText(64) escalation!: string;
  /** Roles that may answer from here on too. */
  @ArrayNotEmpty() @IsNames() to!: string[];
  @IsTimestamp() deadline!: string;
}

export const runInputEscalatedV1 = defineEvent({
  type: 'countersign.run.input-escalated',
  version: 1,
  topic: 'proposals',
  dataClass: RunInputEscalatedV1,
  sample: { escalation: SAMPLE.approval, to: ['finance-lead'], deadline: '2026-01-02T07:04:05.000Z' },
});
