import type { MicroUsd, StepId } from '@countersign/kernel';
import { IsText } from '../values/decorators.js';
import { RunResult } from '../values/parts.js';
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
  sample: { task: 'ticket-1042', source: '/helpdesk/tickets', outcome: 'succeeded', reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [{ step: 'refund' as StepId, tool: 'payments.refund', outsideId: 're_1', state: 'verified' }] },
});
