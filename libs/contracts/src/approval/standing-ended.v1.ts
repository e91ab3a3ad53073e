import { IsIn } from 'class-validator';
import { IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A delegation or a consent counts no more, before its time was over. */
export class StandingEndedV1 {
  /** Its id. */
  @IsText(64) standing!: string;
  @IsIn(['withdrawn', 'run-closed']) why!: 'withdrawn' | 'run-closed';
}

export const standingEndedV1 = defineEvent({
  type: 'countersign.approval.standing-ended',
  version: 1,
  topic: 'approvals',
  about: 'workflow',
  dataClass: StandingEndedV1,
  sample: { standing: SAMPLE.delegation, why: 'withdrawn' },
});
