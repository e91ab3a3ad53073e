import type { Sha256 } from '@countersign/kernel';
import { IsFlag, IsText, IsTimestamp } from '../values/decorators.js';
import { OfAttempt } from '../values/attempt.js';
import { defineEvent } from '../define-event.js';

/** Written and acked before the tool is called. */
export class AttemptStartedV1 extends OfAttempt {
  @IsText(64) idempotencyKey!: string;
  /** The call is given up at this time. */
  @IsTimestamp() deadline!: string;
  /** A repeat after an outcome that nobody knows: the effect may be there already. */
  @IsFlag() afterUnknown!: boolean;
}

export const attemptStartedV1 = defineEvent({
  type: 'countersign.attempt.started',
  version: 1,
  topic: 'executions',
  dataClass: AttemptStartedV1,
  sample: { jti: 'CCCCCCCCCCCCCCCCCCCCCC', actionHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, attempt: 1, idempotencyKey: 'BBBBBBBBBBBBBBBBBBBBBB', deadline: '2026-01-02T03:04:10.000Z', afterUnknown: false },
});
