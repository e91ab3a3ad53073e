import type { MicroUsd } from '@countersign/kernel';
import { IsCount, IsParts, IsText, Optional } from '../values/decorators.js';
import { OfAttempt } from '../values/attempt.js';
import { Fault } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The tool said done, and what was read back is something else. */
export class ActionDivergedV1 extends OfAttempt {
  /** Where what was read back differs from what was asked for: places, never values. */
  @IsParts(() => Fault) faults!: Fault[];
  /** Absent where the tool contract names none, and where it is longer. */
  @Optional() @IsText(200) outsideId?: string;
  @IsCount() latencyMs!: number;
  @IsCount() usedMicroUsd!: MicroUsd;
}

export const actionDivergedV1 = defineEvent({
  type: 'countersign.action.diverged',
  version: 1,
  topic: 'executions',
  dataClass: ActionDivergedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    attempt: 1,
    faults: [{ pointer: '/amount_cents', message: 'differs from what was asked for' }],
    outsideId: 're_1',
    latencyMs: 7,
    usedMicroUsd: 0 as MicroUsd,
  },
});
