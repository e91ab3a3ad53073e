import { IsText } from '../values/decorators.js';
import { RunResult } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What came of a task. */
export class TaskFinishedV1 extends RunResult {
  @IsText(200) task!: string;
  @IsText(200) source!: string;
}

export const taskFinishedV1 = defineEvent({
  type: 'countersign.task.finished',
  version: 1,
  topic: 'outcomes',
  dataClass: TaskFinishedV1,
  sample: {
    ...SAMPLE.task,
    outcome: 'succeeded',
    reason: 'every step is done',
    cost: SAMPLE.cost,
    sideEffects: [SAMPLE.sideEffect],
  },
});
