import { Matches } from 'class-validator';
import { IsCount, IsText } from '../values/decorators.js';
import { defineEvent } from '../define-event.js';

/** A log of the archive has come to a size, and the archive holds all of it. These events are what the anchor log is made of. */
export class CheckpointPublishedV1 {
  /** The topic partition that the log is the archive of; the topic without its namespace. */
  @IsText(300) topic!: string;
  @IsCount() partition!: number;
  /** Offset behind the last record in it. */
  @IsCount(1) next!: number;
  /** The key that signs the log (C2SP verifier key), by which everybody else learns it. */
  @Matches(/^[^\s+]{1,600}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44,48}$/) verifier!: string;
  /** The signed checkpoint, as it lies in the archive. */
  @IsText(2_000) checkpoint!: string;
}

export const checkpointPublishedV1 = defineEvent({
  type: 'countersign.checkpoint.published',
  version: 1,
  topic: 'anchor',
  dataClass: CheckpointPublishedV1,
  sample: {
    topic: 'decisions',
    partition: 2,
    next: 312,
    verifier: 'ledger.example/countersign/decisions/2+d2f09d4a+AdVwl5W9pKNlL9R4CkoRMGXYGAzPOEZb9k2S0Hd2tNkf',
    checkpoint: 'ledger.example/countersign/decisions/2\n312\nwaYPMLvhdHcYlCVw5cwVwO9hL2/1K1RKGEq6XMhQ7YY=\n\n— ledger.example/countersign/decisions/2 0vCdSgZ0cm9tIGhlcmUgdG8gdGhlcmUgYW5kIGJhY2sgYWdhaW4sIGFuZCBhbGwgdGhhdCBpcyBpbiBiZXR3ZWVuIGlzIG91cnM=\n',
  },
});
