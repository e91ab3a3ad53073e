import { IsIn } from 'class-validator';
import { RUN_OUTCOMES, type RunOutcome } from '../values/vocabulary.js';
import { defineEvent } from '../define-event.js';

/** The run is closed: policy knows nothing more of it, and grants nothing more. */
export class ContextClosedV1 {
  @IsIn(RUN_OUTCOMES) outcome!: RunOutcome;
}

export const contextClosedV1 = defineEvent({
  type: 'countersign.context.closed',
  version: 1,
  topic: 'decisions',
  dataClass: ContextClosedV1,
  sample: { outcome: 'succeeded' },
});
