import type { JsonObject, MicroUsd } from '@countersign/kernel';
import { IsCount, IsFlag, IsJson, IsPart, IsText, Optional } from '../values/decorators.js';
import { OfAttempt } from '../values/attempt.js';
import { BlobRef } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The tool says it is done. */
export class ActionSucceededV1 extends OfAttempt {
  /** The tool's answer, checked against its result schema; absent where `blob` stands. */
  @Optional() @IsJson() result?: JsonObject;
  /** In place of `result` where that is too large for an event. */
  @Optional() @IsPart(() => BlobRef) blob?: BlobRef;
  /** Absent where the tool contract names none, and where it is longer. */
  @Optional() @IsText(200) outsideId?: string;
  @IsCount() latencyMs!: number;
  @IsCount() usedMicroUsd!: MicroUsd;
  /** A read-back follows: `action.verified` or `action.diverged` ends the grant. Otherwise this event does. */
  @IsFlag() readBack!: boolean;
}

export const actionSucceededV1 = defineEvent({
  type: 'countersign.action.succeeded',
  version: 1,
  topic: 'executions',
  dataClass: ActionSucceededV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    attempt: 1,
    result: { refund: 're_1' },
    outsideId: 're_1',
    latencyMs: 12,
    usedMicroUsd: 0 as MicroUsd,
    readBack: true,
  },
});
