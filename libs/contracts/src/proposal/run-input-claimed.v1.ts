import type { Principal } from '@countersign/kernel';
import { IsPrincipal, IsText, IsTimestamp } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Somebody is at work on the question, until then or until it is answered. The newest counts. */
export class RunInputClaimedV1 {
  @IsText(64) escalation!: string;
  @IsPrincipal() by!: Principal;
  @IsTimestamp() until!: string;
}

export const runInputClaimedV1 = defineEvent({
  type: 'countersign.run.input-claimed',
  version: 1,
  topic: 'proposals',
  dataClass: RunInputClaimedV1,
  sample: { escalation: SAMPLE.approval, by: SAMPLE.person, until: '2026-01-02T03:34:05.000Z' },
});
