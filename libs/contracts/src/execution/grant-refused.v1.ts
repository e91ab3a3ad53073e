import type { KeyId } from '@countersign/kernel';
import { IsCode, IsFlag, IsKeyId, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** The executor did not act on a grant. */
export class GrantRefusedV1 extends OfGrant {
  /** `expired`, `mode`, `key.wrong`, `not-yet-valid`, `breaker.open`, `tool.rate`, `tool.retry-after` and `preview.changed`: policy decides again. Anything else is a security event. */
  @IsCode() code!: string;
  @IsText() message!: string;
  /** With `key.wrong`, the key that the executor holds: the next grant is for it. Absent for every other code. */
  @Optional() @IsKeyId() key?: KeyId;
  /** Before this time another grant would be refused too; absent where that is not known. */
  @Optional() @IsTimestamp() until?: string;
  /** A call under this grant or an earlier one of the same action may have had its effect. */
  @IsFlag() mayBeDone!: boolean;
}

export const grantRefusedV1 = defineEvent({
  type: 'countersign.grant.refused',
  version: 1,
  topic: 'executions',
  dataClass: GrantRefusedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    code: 'expired',
    message: 'the grant was valid until 2026-01-02T03:05:05.000Z',
    mayBeDone: false,
  },
});
