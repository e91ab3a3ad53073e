import type { Cause, Event, VoterToldV1 } from '@countersign/contracts';
import { hours, minutes, parseTimestamp, seconds, timestamp, type Instant, type Millis } from '@countersign/kernel';
import type { Output } from '../output.js';
import { isInputCard, type Card, type CardState } from './card-state.js';

/** A call of Slack that takes longer is given up, and may have been taken all the same. */
export const SLACK_CALL_DEADLINE = seconds(10);
const FIRST_WAIT = seconds(1);
const LONGEST_WAIT = minutes(5);
/** Slack that is away for a day comes back to other questions. */
const GIVE_UP_AFTER = hours(24);

/** A card is to be posted or edited, or one person is to be told something. */
export type CardWork = ShowWork | TellWork;

interface Work {
  readonly id: string;
  readonly cause: Cause;
  readonly bulkhead: string;
  readonly notBefore?: Instant;
}

export interface ShowWork extends Work {
  readonly kind: 'show';
  /** As it is to be shown. */
  readonly card: Card;
  readonly attempt: number;
  /** An earlier call may have posted it, and nobody heard of that: it has to be looked for first. */
  readonly mayBePosted: boolean;
}

export interface TellWork extends Work {
  readonly kind: 'tell';
  readonly channel: string;
  readonly told: VoterToldV1;
  /** What of theirs does not count. */
  readonly about: 'vote' | 'answer';
}

/** Slack allows one message a second in each channel: channels do not wait for each other. */
const bulkheadOf = (channel: string): string => `slack ${channel}`;

const showWork = (card: Card, isRestored: boolean): readonly ShowWork[] => {
  const { telling, opened, shown } = card;
  if (!telling) return [];
  const { revision, attempt, cause, notBefore } = telling;
  const wait = isRestored ? ((card.touchedAt + SLACK_CALL_DEADLINE) as Instant) : notBefore;
  return [{ kind: 'show', id: `${card.card} ${revision} ${attempt}`, cause, bulkhead: bulkheadOf(opened.channel), card, attempt, mayBePosted: shown === undefined && (isRestored || attempt > 1), ...(wait !== undefined && { notBefore: wait }) }];
};

/** What Slack is to be told because of an own event that was just folded in. */
export const workForCard = (state: CardState, event: Event, cause: Cause): readonly CardWork[] => {
  if (event.type === 'countersign.voter.told') {
    const card = state.cards.get(event.data.card);
    if (!card) return [];
    const { channel } = card.opened;
    return [{ kind: 'tell', id: event.id, cause, bulkhead: bulkheadOf(channel), channel, told: event.data, about: isInputCard(card) ? 'answer' : 'vote' }];
  }
  if (!('card' in event.data) || typeof event.data.card !== 'string') return [];
  const card = state.cards.get(event.data.card);
  // Only the event that begins a call asks for it: one that comes while another call is under way does not.
  return card?.telling?.cause.offset === cause.offset ? showWork(card, false) : [];
};

/** What had begun when the state was restored: whether Slack has it nobody knows. */
export const openCardWork = (state: CardState): readonly CardWork[] => [...state.cards.values()].flatMap((card) => showWork(card, true));

/** What came of a call of Slack: the id of the message, or why there is none. */
export type CardOutcome = { readonly kind: 'shown'; readonly ts: string } | { readonly kind: 'told' } | { readonly kind: 'failed'; readonly code: string; /** Slack wants to be left alone for this long. */ readonly wait?: Millis };

const waitAfter = (attempt: number): Millis => Math.min(FIRST_WAIT * 2 ** Math.min(attempt - 1, 20), LONGEST_WAIT) as Millis;

/** What is written of a call that has ended. */
export const decideShown = (work: CardWork, outcome: CardOutcome, state: CardState, now: Instant): readonly Output[] => {
  if (work.kind === 'tell' || outcome.kind === 'told') return [];
  const { card, attempt } = work;
  const telling = state.cards.get(card.card)?.telling;
  if (telling?.attempt !== attempt || telling.cause.offset !== work.cause.offset) return [];
  const { tenant, workflow, run, step, revision, opened } = card;
  const place = { tenant, workflow, run, step, subject: card.card };
  if (outcome.kind === 'shown') return [{ type: 'countersign.card.shown', ...place, data: { card: card.card, revision, ts: outcome.ts } }];
  const again = now + Math.max(waitAfter(attempt), outcome.wait ?? 0);
  const isOver = again > Math.max(card.touchedAt, parseTimestamp(opened.deadline ?? '') ?? 0) + GIVE_UP_AFTER;
  return [{ type: 'countersign.card.failed', ...place, data: { card: card.card, revision, attempt, code: outcome.code, ...(!isOver && { again: timestamp(again as Instant) }) } }];
};
