import type { MicroUsd, Sha256, StepId } from '@countersign/kernel';
import { IsPart, IsText } from '../values/decorators.js';
import { EventSet, RunResult } from '../values/parts.js';
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
  sample: { task: 'ticket-1042', source: '/helpdesk/tickets', outcome: 'succeeded', reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [{ step: 'refund' as StepId, tool: 'payments.refund', outsideId: 're_1', state: 'verified' }], events: { count: 8, root: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256 } },
});
