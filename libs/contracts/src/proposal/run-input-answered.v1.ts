import type { StepId } from '@countersign/kernel';
import { IsName } from '../values/decorators.js';
import { PersonsAnswer } from '../values/persons-answer.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** The answer counts, and the run goes on with it, or ends. Whoever acts on it checks what was signed again. */
export class RunInputAnsweredV1 extends PersonsAnswer {
  @IsName() step!: StepId;
}

export const runInputAnsweredV1 = defineEvent({
  type: 'countersign.run.input-answered',
  version: 1,
  topic: 'proposals',
  dataClass: RunInputAnsweredV1,
  sample: { escalation: SAMPLE.approval, asked: SAMPLE.fileHash, by: SAMPLE.person, reason: 'the payment provider has no such refund', word: SAMPLE_VOTE, choice: 'not-done', step: SAMPLE.step },
});
