import { IsCount, IsTexts, IsTimestamp, Optional } from '../values/decorators.js';
import { OfGrant } from '../values/attempt.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** What had been kept for as long as its tenant keeps it is gone, apart from what a legal hold covers. */
export class RetentionAppliedV1 extends OfGrant {
  /** Keys that were destroyed, and made before `keysBefore`; absent where the tenant names no time for what is personal. */
  @IsTexts(100) keys!: string[];
  @Optional() @IsTimestamp() keysBefore?: string;
  /** Answers beside the log that were removed, and written before `answersBefore`. */
  @IsCount() answers!: number;
  @Optional() @IsTimestamp() answersBefore?: string;
  /** Keys of that age that a legal hold keeps. */
  @IsCount() held!: number;
}

export const retentionAppliedV1 = defineEvent({
  type: 'countersign.retention.applied',
  version: 1,
  topic: 'executions',
  dataClass: RetentionAppliedV1,
  sample: { jti: SAMPLE.jti, actionHash: SAMPLE.actionHash, keys: ['3q2-7wAAAAAAAAAAAAAAAA'], keysBefore: '2025-10-04T03:04:05.000Z', answers: 12, answersBefore: '2025-12-03T03:04:05.000Z', held: 0 },
});
