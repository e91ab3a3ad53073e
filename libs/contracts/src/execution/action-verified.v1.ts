import type { JsonObject, MicroUsd, Sha256 } from '@countersign/kernel';
import { IsCount, IsJson, IsPart, IsSha256, IsText, Optional } from '../values/decorators.js';
import { OfAttempt } from '../values/attempt.js';
import { BlobRef } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The effect was read back and is as it was asked for. */
export class ActionVerifiedV1 extends OfAttempt {
  /** SHA-256 of what was read back. */
  @IsSha256() found!: Sha256;
  /** What the planner goes on with: the tool's answer, or what was read back where the answer was lost; absent where `blob` stands. */
  @Optional() @IsJson() result?: JsonObject;
  /** In place of `result` where that is too large for an event. */
  @Optional() @IsPart(() => BlobRef) blob?: BlobRef;
  /** Absent where the tool contract names none, and where it is longer. */
  @Optional() @IsText(200) outsideId?: string;
  @IsCount() latencyMs!: number;
  @IsCount() usedMicroUsd!: MicroUsd;
}

export const actionVerifiedV1 = defineEvent({
  type: 'countersign.action.verified',
  version: 1,
  topic: 'executions',
  dataClass: ActionVerifiedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    attempt: 1,
    found: SAMPLE.fileHash,
    result: { refund: 're_1' },
    outsideId: 're_1',
    latencyMs: 7,
    usedMicroUsd: 0 as MicroUsd,
  },
});
