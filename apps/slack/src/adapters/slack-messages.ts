import type { webApi } from '@slack/bolt';
import type { Guard } from '@countersign/bus';
import { SLACK_CALL_DEADLINE, type Card, type CardOutcome, type ShowWork, type TellWork } from '@countersign/domain';
import { cardMessage, copyMessage } from '../card/card-blocks.js';
import { oneLine } from '../card/safe-text.js';
import { slackFaultOf } from './slack-fault.js';

/** What a message of ours carries, so that it is found again: Slack's API knows no idempotency keys. */
export const CARD_METADATA = 'countersign_card';

/** A card that was posted and never heard of is among the newest of its channel. */
const PAGES_LOOKED_THROUGH = 5;
const PAGE = 100;
/** Clocks of Slack and of this machine are not the same. */
const CLOCK_ALLOWANCE_S = 300;

/** The parts of Slack's Web API that cards need. It tries nothing again by itself: what is tried again is in the log. */
export type MessagesApi = Pick<webApi.WebClient, 'chat' | 'conversations'>;

/** Posts cards, and edits them. */
export class SlackMessages {
  constructor(private readonly api: MessagesApi) {}

  /** Never rejects. */
  async show(work: ShowWork, signal: AbortSignal, guard: Guard): Promise<CardOutcome> {
    try {
      const { card } = work;
      const found = card.shown === undefined && work.mayBePosted ? await this.find(card) : [];
      // Whoever owns the partition now shows it.
      if (signal.aborted || !guard.canAct()) return { kind: 'failed', code: 'interrupted' };
      const [ts = card.shown?.ts, ...copies] = found;
      for (const copy of copies) await this.api.chat.update({ channel: card.opened.channel, ts: copy, ...copyMessage(card) });
      return { kind: 'shown', ts: ts === undefined ? await this.post(card) : await this.edit(card, ts) };
    } catch (fault) {
      return { kind: 'failed', ...slackFaultOf(fault) };
    }
  }

  /** Tells one person, where nobody else sees it. It is tried once: whoever voted looks at the card. Never rejects. */
  async tell({ channel, told, about }: TellWork): Promise<CardOutcome> {
    await this.whisper(channel, told.slack.user, `Your ${about} does not count: ${told.message}`).catch(() => undefined);
    return { kind: 'told' };
  }

  async whisper(channel: string, user: string, text: string): Promise<void> {
    const safe = oneLine(text);
    await this.api.chat.postEphemeral({ channel, user, text: safe.replace(/[<>&]/g, ' '), blocks: [{ type: 'section', text: { type: 'plain_text', text: safe.slice(0, 2_900), emoji: false } }] });
  }

  private async post(card: Card): Promise<string> {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, and no window's
    const { ts = '' } = await this.api.chat.postMessage({ channel: card.opened.channel, ...cardMessage(card), unfurl_links: false, unfurl_media: false, metadata: { event_type: CARD_METADATA, event_payload: { card: card.card } } });
    return ts;
  }

  private async edit(card: Card, ts: string): Promise<string> {
    try {
      await this.api.chat.update({ channel: card.opened.channel, ts, ...cardMessage(card) });
      return ts;
    } catch (fault) {
      // Somebody removed it: what is asked has to be seen all the same.
      if (slackFaultOf(fault).code === 'slack.message-not-found') return this.post(card);
      throw fault;
    }
  }

  /** Messages of the channel that show the card, oldest first. */
  private async find({ card, opened, openedAt }: Card): Promise<readonly string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < PAGES_LOOKED_THROUGH; page += 1) {
      const { messages = [], response_metadata: next } = await this.api.conversations.history({
        channel: opened.channel,
        include_all_metadata: true,
        limit: PAGE,
        oldest: String(Math.floor(openedAt / 1_000) - CLOCK_ALLOWANCE_S),
        ...(cursor !== undefined && { cursor }),
      });
      for (const { ts, metadata } of messages) {
        const payload: object = metadata?.event_payload ?? {};
        const shown = metadata?.event_type === CARD_METADATA && 'card' in payload ? payload.card : undefined;
        if (shown === card && ts !== undefined) found.push(ts);
      }
      cursor = next?.next_cursor;
      if (cursor === undefined || cursor === '') break;
    }
    return found.toSorted();
  }
}

/** Options of the client that cards are told with. */
export const CARD_CLIENT = { retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, timeout: SLACK_CALL_DEADLINE } as const;
