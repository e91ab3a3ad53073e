import { IsCode, IsCount, IsText, IsTimestamp, Optional } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Slack did not take the card, or nobody knows whether it did. */
export class CardFailedV1 {
  @IsText(64) card!: string;
  @IsCount() revision!: number;
  @IsCount(1) attempt!: number;
  @IsCode() code!: string;
  /** It is tried again then; absent where it is given up. */
  @Optional() @IsTimestamp() again?: string;
}

export const cardFailedV1 = defineEvent({
  type: 'countersign.card.failed',
  version: 1,
  topic: 'cards',
  dataClass: CardFailedV1,
  sample: { card: SAMPLE.approval, revision: 0, attempt: 1, code: 'slack.ratelimited', again: '2026-01-02T03:04:35.000Z' },
});
