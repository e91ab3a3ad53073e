import { Matches } from 'class-validator';
import { IsCount, IsText } from '../values/decorators.js';
import { SLACK_TS_PATTERN } from '../values/patterns.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** Slack shows the card. */
export class CardShownV1 {
  @IsText(64) card!: string;
  /** How many changes it shows. */
  @IsCount() revision!: number;
  /** Slack's id of the message in its channel. */
  @Matches(SLACK_TS_PATTERN) ts!: string;
}

export const cardShownV1 = defineEvent({ type: 'countersign.card.shown', version: 1, topic: 'cards', dataClass: CardShownV1, sample: { card: SAMPLE.approval, revision: 0, ts: '1767323045.000100' } });
