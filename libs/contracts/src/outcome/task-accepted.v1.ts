import { IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The task is on the log; a repeated task gets the same answer with the same run. */
export class TaskAcceptedV1 {
  @IsText(200) task!: string;
  @IsText(200) source!: string;
}

export const taskAcceptedV1 = defineEvent({
  type: 'countersign.task.accepted',
  version: 1,
  topic: 'outcomes',
  dataClass: TaskAcceptedV1,
  sample: { ...SAMPLE.task },
});
