import { PersonsAnswer } from '../values/persons-answer.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** A person has answered what a run asked. */
export class TaskAnsweredV1 extends PersonsAnswer {}

export const taskAnsweredV1 = defineEvent({
  type: 'countersign.task.answered',
  version: 1,
  topic: 'tasks',
  dataClass: TaskAnsweredV1,
  sample: { escalation: SAMPLE.approval, asked: SAMPLE.fileHash, by: SAMPLE.person, reason: 'it stands in the ticket', word: SAMPLE_VOTE, choice: 'answer', given: { 'task:/charge': 'ch_1' } },
});
