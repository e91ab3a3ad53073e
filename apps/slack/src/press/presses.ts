import type { types } from '@slack/bolt';
import type { Event } from '@countersign/contracts';
import { givenValue, isInputCard, type ApprovalCard, type Approver, type ApproverDirectory, type Card, type InputCard } from '@countersign/domain';
import { codeOf, messageOf, minutes, type Clock, type Instant, type JsonObject } from '@countersign/kernel';
import type { Logger } from '@countersign/telemetry';
import type { BallotBox, Press } from '../adapters/ballot-box.js';
import type { KnownCards } from '../adapters/known-cards.js';
import { approveModal, denyModal, isModalWhole, sayModal } from '../card/modals.js';
import { isSaid, saidHere, type Sayable } from '../card/input-card.js';
import { isPending, isShownWhole } from '../card/card-blocks.js';
import { isViewedFirst, standingOf } from '../card/view.js';
import { judgePress, judgeUnproven, type Pressed } from './judge-press.js';
import { Once } from './once.js';

/** A press, and what is the same however often Slack hands it over. */
export interface Arrived extends Pressed {
  /** The trigger of Slack: one for each press. */
  readonly id: string;
}

/** What comes of a press. `text`: for whoever pressed, and for nobody else. */
export type PressOutcome =
  | { readonly kind: 'recorded'; readonly text: string }
  /** Handed over before, and answered then. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly text: string }
  /** Nothing is in the log, as far as anybody knows: Slack gets no answer. */
  | { readonly kind: 'not-recorded'; readonly text: string }
  | { readonly kind: 'modal'; readonly modal: types.ModalView };

export interface PressesParts {
  readonly known: Pick<KnownCards, 'get' | 'isSureOf' | 'onEvent'>;
  readonly box: Pick<BallotBox, 'vote' | 'say' | 'refuse' | 'refuseUnproven'>;
  readonly directory: () => ApproverDirectory | undefined;
  /** The workspace that the service is installed in. */
  readonly home: () => string;
  readonly clock: Clock;
  readonly log: Logger;
}

export const NOT_RECORDED = 'Not recorded, try again.';
/** Nothing of a press is in the log, as far as anybody knows. */
const NOT_YET: PressOutcome = { kind: 'not-recorded', text: NOT_RECORDED };

/** Whoever presses may do so, on a card of the kind that has such a button. */
interface Pressing<Of extends Card> {
  readonly card: Of;
  readonly voter: Approver;
}

const isApprovalCard = (card: Card): card is ApprovalCard => !isInputCard(card);

const UNKNOWN_BUTTON = { code: 'press.unknown', message: 'nobody here knows this button' } as const;
const NOT_SAID_HERE = { code: 'answer.in-slack', message: 'that is not said in Slack: use the command line' } as const;

const pressOf = ({ slack, id }: Arrived): Press => ({ slack, id });
const modalWith = (modal: types.ModalView): PressOutcome => ({ kind: 'modal', modal });
const isSaidOn = (card: InputCard, choice: string): choice is Sayable => isSaid(choice) && saidHere(card).includes(choice);
const refusalOf = (message: string): string => `Not counted: ${message}`;

/** What presses of buttons come to. A vote is in the log before Slack is answered. */
export class Presses {
  private readonly votes = new Once<void>();
  private readonly said = new Once<void>();
  private readonly refusals = new Once<void>();

  constructor(private readonly parts: PressesParts) {
    // Whoever was told that their vote does not count may vote again.
    parts.known.onEvent((event: Event) => {
      if (event.type === 'countersign.voter.told') this.votes.forget(`${event.data.card} ${event.data.slack.team}/${event.data.slack.user}`);
    });
  }

  /** One click: only for what a card shows whole and what can be taken back. */
  approve(arrived: Arrived): Promise<PressOutcome> {
    return this.on(arrived, isApprovalCard, (pressing) =>
      isViewedFirst(pressing.card, isShownWhole(pressing.card)) ? modalWith(approveModal(pressing.card, arrived, true)) : this.vote(arrived, pressing, 'approve', ''),
    );
  }

  /** The modal comes before anything else: Slack's trigger lives three seconds. Whom the directory does not name is shown nothing, and told so. */
  view(arrived: Arrived): Promise<PressOutcome> {
    return this.on(arrived, isApprovalCard, ({ card }) => modalWith(approveModal(card, arrived, standingOf(card) === 'asked' && !isPending(card))));
  }

  deny(arrived: Arrived): Promise<PressOutcome> {
    return this.on(arrived, isApprovalCard, ({ card }) => modalWith(denyModal(card, arrived)));
  }

  /** A modal was sent. */
  answer(arrived: Arrived, choice: 'approve' | 'deny', reason: string): Promise<PressOutcome> {
    return this.on(arrived, isApprovalCard, (pressing) =>
      // A modal that does not show all of it has no button for a yes: whoever sends one all the same has not pressed it.
      choice === 'approve' && !isModalWhole(pressing.card) ? this.refuse(arrived, { code: 'vote.unseen', message: 'Slack does not show all of it: use the command line' }) : this.vote(arrived, pressing, choice, reason),
    );
  }

  /** A button that nobody here knows. */
  unknown(arrived: Arrived): Promise<PressOutcome> {
    return Promise.resolve(this.isReadyFor(arrived) ? this.refuse(arrived, UNKNOWN_BUTTON) : NOT_YET);
  }

  /** A callback that Bolt has answered with 401. Of many in one minute, one for each reason is kept: whoever sends them fills nothing. */
  unproven(sentAt: Instant): void {
    const now = this.parts.clock.now();
    const refusal = judgeUnproven(sentAt, now);
    const minute = String(Math.floor(now / minutes(1)));
    this.keep(`${refusal.code} ${minute}`, minute, () => this.parts.box.refuseUnproven(refusal, minute));
  }

  /** One click: it keeps nobody else from answering, and is over by itself. */
  claim(arrived: Arrived): Promise<PressOutcome> {
    return this.on(arrived, isInputCard, (pressing) => this.say(arrived, pressing, { choice: 'claim', reason: '' }));
  }

  /** Nothing is said with one click to what a run asks. */
  ask(arrived: Arrived, choice: string): Promise<PressOutcome> {
    return this.on(arrived, isInputCard, ({ card }) => (isSaidOn(card, choice) ? modalWith(sayModal(card, choice, arrived)) : this.refuse(arrived, NOT_SAID_HERE)));
  }

  /** The modal of an answer was sent. `typed`: what stands in the fields, in the order of the question. */
  submit(arrived: Arrived, { choice, reason, typed }: { readonly choice: string; readonly reason: string; readonly typed: readonly string[] }): Promise<PressOutcome> {
    return this.on(arrived, isInputCard, (pressing) => {
      const { card } = pressing;
      if (!isSaidOn(card, choice)) return this.refuse(arrived, NOT_SAID_HERE);
      const fields = choice === 'answer' ? (card.opened.question.fields ?? []) : [];
      const given = Object.fromEntries(fields.map((field, index) => [field.field, givenValue(typed[index] ?? '', field)]));
      return this.say(arrived, pressing, { choice, reason, ...(choice === 'answer' && { given }) });
    });
  }

  /** Bolt listens before the cards of the log are here: until then nothing is said of them, and nothing is kept. */
  private isReadyFor({ approval }: Arrived): boolean {
    return this.parts.known.isSureOf(approval);
  }

  /** What comes of a press on a card of one kind: of a press that is none of the directory's, or on another card, a refusal. */
  private async on<Of extends Card>(arrived: Arrived, isOfKind: (card: Card) => card is Of, act: (pressing: Pressing<Of>) => PressOutcome | Promise<PressOutcome>): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const { known, directory, home, clock } = this.parts;
    const judged = judgePress(arrived, { card: known.get(arrived.approval), directory: directory(), home: home(), now: clock.now() });
    if (!judged.ok) return this.refuse(arrived, judged);
    const { card, voter } = judged;
    return isOfKind(card) ? act({ card, voter }) : this.refuse(arrived, UNKNOWN_BUTTON);
  }

  private async say(arrived: Arrived, { card, voter }: Pressing<InputCard>, said: { readonly choice: Sayable | 'claim'; readonly reason: string; readonly given?: JsonObject }): Promise<PressOutcome> {
    const { kind, result } = this.said.run(arrived.id, arrived.id, () => this.parts.box.say(card, voter, said, pressOf(arrived)));
    return (await this.faultOf(result)) ?? (kind === 'first' ? { kind: 'recorded', text: `Your ${said.choice === 'claim' ? 'claim' : 'answer'} is in the log. The card shows when it counts.` } : { kind: 'repeated' });
  }

  private async vote(arrived: Arrived, { card, voter }: Pressing<ApprovalCard>, choice: 'approve' | 'deny', reason: string): Promise<PressOutcome> {
    const { kind, result } = this.votes.run(`${card.card} ${arrived.slack.team}/${arrived.slack.user}`, arrived.id, () => this.parts.box.vote(card, voter, choice, reason, pressOf(arrived)));
    const fault = await this.faultOf(result);
    if (fault) return fault;
    if (kind === 'other') return this.refuse(arrived, { code: 'voter.voted', message: 'you have voted on this already' });
    return kind === 'first' ? { kind: 'recorded', text: `Your ${choice === 'approve' ? 'yes' : 'no'} is in the log. The card shows when it is counted.` } : { kind: 'repeated' };
  }

  /** What became of something that is not in the log; nothing where it is. */
  private async faultOf(recorded: Promise<void>): Promise<PressOutcome | undefined> {
    try {
      await recorded;
      return undefined;
    } catch (fault) {
      const code = codeOf(fault);
      this.parts.log.warn('what somebody pressed was not recorded', { code });
      return code === 'VOTE_INVALID' ? { kind: 'refused', text: refusalOf(messageOf(fault)) } : NOT_YET;
    }
  }

  /** Kept in the log once for each user, question and reason: whoever goes on pressing fills nothing. */
  private refuse(arrived: Arrived, refusal: { readonly code: string; readonly message: string }): PressOutcome {
    const { box, known } = this.parts;
    const { slack, approval } = arrived;
    this.keep(`${approval} ${slack.team}/${slack.user} ${refusal.code}`, arrived.id, () => box.refuse(approval, known.get(approval), refusal, pressOf(arrived)));
    return { kind: 'refused', text: refusalOf(refusal.message) };
  }

  /** Slack's answer does not say that this is recorded, so nobody waits for it. */
  private keep(name: string, id: string, put: () => Promise<void>): void {
    this.refusals.run(name, id, put).result.catch((fault: unknown) => this.parts.log.warn('a press that is no vote was not recorded', { code: codeOf(fault) }));
  }
}
