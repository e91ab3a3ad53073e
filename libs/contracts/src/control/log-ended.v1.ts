import { IsCount, IsSha256, IsText } from '../values/decorators.js';
import { defineEvent } from '../define-event.js';

/**
 * A person has ended a log of the archive that stands still: what it has stays as it is, and its topic partition is archived into a new one,
 * that of the next epoch. Offsets between `next` and `begins` are archived nowhere, and this is who says so.
 */
export class LogEndedV1 {
  /** The topic without its namespace. */
  @IsText(300) topic!: string;
  @IsCount() partition!: number;
  /** Of the log that ends; the first one is 0. */
  @IsCount() epoch!: number;
  /** How many entries it has. */
  @IsCount() size!: number;
  /** The root that they lead to, in hexadecimal digits. */
  @IsSha256() root!: string;
  /** Offset behind its last record. */
  @IsCount() next!: number;
  /** Offset that the next epoch begins at; not before `next`. */
  @IsCount() begins!: number;
  @IsText() reason!: string;
}

export const logEndedV1 = defineEvent({
  type: 'countersign.log.ended',
  version: 1,
  topic: 'controls',
  dataClass: LogEndedV1,
  sample: { topic: 'ballots', partition: 2, epoch: 0, size: 312, root: 'c1a60f30b2e17d8758942570e5cc15c0ef612f6ff52b52864691ba5cc8503d86', next: 312, begins: 320, reason: 'the bucket was away for three weeks' },
});
