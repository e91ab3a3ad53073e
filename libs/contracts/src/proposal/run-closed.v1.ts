import { IsPart, IsText } from '../values/decorators.js';
import { EventSet, RunResult } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The end of a run; nothing is proposed after it. */
export class RunClosedV1 extends RunResult {
  @IsText(200) task!: string;
  @IsText(200) source!: string;
  /** The events that the planner had written and read of this run. */
  @IsPart(() => EventSet) events!: EventSet;
}

export const runClosedV1 = defineEvent({
  type: 'countersign.run.closed',
  version: 1,
  topic: 'proposals',
  dataClass: RunClosedV1,
  sample: {
    ...SAMPLE.task,
    outcome: 'succeeded',
    reason: 'every step is done',
    cost: SAMPLE.cost,
    sideEffects: [SAMPLE.sideEffect],
    events: { count: 8, root: SAMPLE.fileHash },
  },
});
