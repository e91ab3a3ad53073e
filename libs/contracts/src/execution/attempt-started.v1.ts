import type { Sha256 } from '@countersign/kernel';
import { IsCount, IsFlag, IsSha256, IsText, IsTimestamp, IsTool, Optional } from '../values/decorators.js';
import { OfAttempt } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Written and acked before the tool is called. */
export class AttemptStartedV1 extends OfAttempt {
  @IsTool() tool!: string;
  /** What is called, and until when the grant may start a call (seconds since 1970): a restored attempt is resolved by it. */
  @IsSha256() toolContractHash!: Sha256;
  @IsCount() exp!: number;
  @IsText(64) idempotencyKey!: string;
  /** The answer under which the step is done once more; absent for what is done for the first time. */
  @Optional() @IsText(64) again?: string;
  /** The call goes out at this time at the earliest: a repeat waits. */
  @IsTimestamp() startsAt!: string;
  /** The call is given up at this time. */
  @IsTimestamp() deadline!: string;
  /** No grant of the action outlives this: until then the executor remembers that it is done. */
  @IsTimestamp() runDeadline!: string;
  /** No other call of the tool before this time; absent where its contract has no rate. */
  @Optional() @IsTimestamp() nextCall?: string;
  /** A repeat after an outcome that nobody knows: the effect may be there already. */
  @IsFlag() afterUnknown!: boolean;
}

export const attemptStartedV1 = defineEvent({
  type: 'countersign.attempt.started',
  version: 1,
  topic: 'executions',
  dataClass: AttemptStartedV1,
  sample: {
    jti: SAMPLE.jti,
    actionHash: SAMPLE.actionHash,
    attempt: 1,
    tool: 'payments.refund',
    toolContractHash: SAMPLE.fileHash,
    exp: 1_767_323_105,
    idempotencyKey: SAMPLE.action.idempotencyKey,
    startsAt: '2026-01-02T03:04:05.000Z',
    deadline: '2026-01-02T03:04:10.000Z',
    runDeadline: '2026-01-02T04:04:05.000Z',
    afterUnknown: false,
  },
});
