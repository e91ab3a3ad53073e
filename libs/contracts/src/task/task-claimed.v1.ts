import { OfQuestion } from '../values/persons-answer.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** A person has said to be at work on what a run asked. It keeps nobody else from answering. */
export class TaskClaimedV1 extends OfQuestion {}

export const taskClaimedV1 = defineEvent({
  type: 'countersign.task.claimed',
  version: 1,
  topic: 'tasks',
  dataClass: TaskClaimedV1,
  sample: { escalation: SAMPLE.approval, asked: SAMPLE.fileHash, by: SAMPLE.person, reason: 'I ask the customer', word: SAMPLE_VOTE },
});
