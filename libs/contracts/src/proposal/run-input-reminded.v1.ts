import { IsText, IsTimestamp } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Half of the time of a question is over, and nobody has answered. */
export class RunInputRemindedV1 {
  @IsText(64) escalation!: string;
  @IsTimestamp() deadline!: string;
}

export const runInputRemindedV1 = defineEvent({
  type: 'countersign.run.input-reminded',
  version: 1,
  topic: 'proposals',
  dataClass: RunInputRemindedV1,
  sample: { escalation: SAMPLE.approval, deadline: '2026-01-02T07:04:05.000Z' },
});
