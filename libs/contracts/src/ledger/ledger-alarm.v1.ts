import { Matches } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { IsCount, IsSha256, IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/**
 * Records that smell of forgery, or decisions that no rule made because the engine could not answer: of one code, and read in one batch, so
 * that whoever writes many of them does not fill the record.
 */
export class LedgerAlarmV1 {
  /** A code of the kernel's list. */
  @Matches(/^[A-Z_]{3,60}$/) code!: string;
  @IsText(300) topic!: string;
  @IsCount() partition!: number;
  /** Of the first one; `sha256` and `message` are its too. */
  @IsCount() offset!: number;
  /** How many there were, and the offset of the last one. Between them may lie records that are as they must be. */
  @IsCount(1) count!: number;
  @IsCount() lastOffset!: number;
  /** SHA-256 of the record's value. */
  @IsSha256() sha256!: Sha256;
  @IsText() message!: string;
}

export const ledgerAlarmV1 = defineEvent({
  type: 'countersign.ledger.alarm',
  version: 1,
  topic: 'ledger',
  dataClass: LedgerAlarmV1,
  sample: {
    code: 'SIGNATURE_INVALID',
    topic: 'decisions',
    partition: 2,
    offset: 17,
    count: 1,
    lastOffset: 17,
    sha256: SAMPLE.fileHash,
    message: 'the signature does not cover the event as it stands here',
  },
});
