import { IsIn } from 'class-validator';
import { IsOffset, IsPart, IsText, IsTool, Optional } from '../values/decorators.js';
import { Tries } from '../values/amounts.js';
import { DEGRADED_TO, LIMIT_NAMES, LIMIT_SCOPES, type DegradedTo, type LimitName, type LimitScope } from '../values/vocabulary.js';
import { defineEvent } from '../define-event.js';

/**
 * From here on less is granted: to the run, to the workflow until the day or month is over, or to the workflow until a person restores it
 * with a control that is newer than `controlEpoch`.
 */
export class WorkflowDegradedV1 {
  @IsIn(LIMIT_SCOPES) scope!: LimitScope;
  /** `2026-11-28` or `2026-11`; absent for a run, and for a workflow until somebody restores it. */
  @Optional() @IsText(10) period?: string;
  @IsIn(LIMIT_NAMES) limit!: LimitName;
  /** `degrade_to_read_only`: no writes; `escalate`: a person is asked about each; `stop`: nothing; `safe`: all of it waits. */
  @IsIn(DEGRADED_TO) to!: DegradedTo;
  /** Of `error-rate`: the tool, and its calls within the time that counts. */
  @Optional() @IsTool() tool?: string;
  @Optional() @IsPart(() => Tries) tries?: Tries;
  @IsOffset() controlEpoch!: number;
}

export const workflowDegradedV1 = defineEvent({
  type: 'countersign.workflow.degraded',
  version: 1,
  topic: 'decisions',
  dataClass: WorkflowDegradedV1,
  sample: { scope: 'workflow', limit: 'error-rate', to: 'degrade_to_read_only', tool: 'payments.refund', tries: { calls: 20, errors: 3 }, controlEpoch: 12 },
});
