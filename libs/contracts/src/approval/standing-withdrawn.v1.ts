import { IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person takes back a delegation or a consent of their own. */
export class StandingWithdrawnV1 {
  /** Its id. */
  @IsText(64) standing!: string;
}

export const standingWithdrawnV1 = defineEvent({
  type: 'countersign.standing.withdrawn',
  version: 1,
  topic: 'ballots',
  about: 'workflow',
  dataClass: StandingWithdrawnV1,
  sample: { standing: SAMPLE.delegation },
});
