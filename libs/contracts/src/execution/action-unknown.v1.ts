import { IsFlag, IsPart, Optional } from '../values/decorators.js';
import { Evidence, Fruitless } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Nobody knows whether the effect is there. It is neither a failure nor a denial. */
export class ActionUnknownV1 extends Fruitless {
  /** The same key is sent again, or the effect is looked for; otherwise this event ends the grant and a person has to look. */
  @IsFlag() resolving!: boolean;
  /** The effect is looked for; otherwise, where `resolving`, another attempt follows. */
  @IsFlag() readBack!: boolean;
  /** For whoever has to look; absent while it is `resolving`. */
  @Optional() @IsPart(() => Evidence) evidence?: Evidence;
}

export const actionUnknownV1 = defineEvent({
  type: 'countersign.action.unknown',
  version: 1,
  topic: 'executions',
  dataClass: ActionUnknownV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    attempt: 1,
    code: 'TOOL_TIMEOUT',
    latencyMs: 5000,
    resolving: false,
    readBack: false,
    evidence: {
      tool: 'payments.refund',
      idempotencyKey: SAMPLE.action.idempotencyKey,
      calls: [{ jti: SAMPLE.jti, attempt: 1, startsAt: '2026-01-02T03:04:05.000Z', endedAt: '2026-01-02T03:04:10.000Z', code: 'http.503', requestId: 'req_1' }],
      looks: [{ at: '2026-01-02T03:04:11.000Z', code: 'absent', sha256: SAMPLE.fileHash }],
    },
  },
});
