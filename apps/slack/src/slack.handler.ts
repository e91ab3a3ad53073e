import type { Guard, Moment, Outgoing, Received, Step } from '@countersign/bus';
import type { Cause, Event } from '@countersign/contracts';
import {
  decideCard,
  decideShown,
  evolveCards,
  freezeCards,
  initialCards,
  openCardWork,
  thawCards,
  workForCard,
  type CardOutcome,
  type CardState,
  type CardWork,
  type ControlState,
} from '@countersign/domain';
import { millis } from '@countersign/kernel';
import type { KnownCards } from './adapters/known-cards.js';
import type { SlackMessages } from './adapters/slack-messages.js';

/** People take seconds at the least. */
const LINGER = millis(50);
/** Slack takes one message a second in a channel, and messages of one card must not overtake each other. */
const AT_A_TIME = 1;

export interface SlackParts {
  readonly messages: SlackMessages;
  /** What presses are held against. */
  readonly known: KnownCards;
  /** For what the directory names no channel for. */
  readonly channel: string | undefined;
}

/** Shows in Slack what people are asked and what came of it. What Slack shows is a projection: nothing is decided by it. */
export class SlackHandler implements Step<CardState, ControlState, CardWork, CardOutcome> {
  readonly service = 'slack';
  readonly linger = LINGER;

  constructor(private readonly parts: SlackParts) {}

  initialState(): CardState {
    return initialCards();
  }

  handle({ event }: Received, state: CardState, { controls }: Moment<ControlState>): readonly Outgoing[] {
    return decideCard(event, state, { controls, channel: this.parts.channel });
  }

  evolve(state: CardState, event: Event, cause: Cause): CardState {
    const next = evolveCards(state, event, cause);
    this.parts.known.follow(next, event);
    return next;
  }

  workFor(state: CardState, event: Event, cause: Cause): readonly CardWork[] {
    return workForCard(state, event, cause);
  }

  widthOf(): number {
    return AT_A_TIME;
  }

  openWork(state: CardState, partition: number): readonly CardWork[] {
    this.parts.known.restore(state, partition);
    return openCardWork(state);
  }

  perform(work: CardWork, signal: AbortSignal, guard: Guard): Promise<CardOutcome> {
    return work.kind === 'tell' ? this.parts.messages.tell(work) : this.parts.messages.show(work, signal, guard);
  }

  done(work: CardWork, outcome: { readonly result: CardOutcome } | { readonly fault: unknown }, state: CardState, { now }: Moment<ControlState>): readonly Outgoing[] {
    return decideShown(work, 'result' in outcome ? outcome.result : { kind: 'failed', code: 'slack.broken' }, state, now);
  }

  freeze(state: CardState): unknown {
    return freezeCards(state);
  }

  thaw(frozen: unknown): CardState {
    return thawCards(frozen);
  }
}
