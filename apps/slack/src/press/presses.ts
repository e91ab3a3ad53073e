import type { types } from '@slack/bolt';
import type { Event } from '@countersign/contracts';
import { givenValue, isInputCard, type ApproverDirectory, type ApprovalCard, type InputCard } from '@countersign/domain';
import { codeOf, messageOf, minutes, type Clock, type Instant, type JsonObject } from '@countersign/kernel';
import type { Logger } from '@countersign/telemetry';
import type { BallotBox, Press } from '../adapters/ballot-box.js';
import type { KnownCards } from '../adapters/known-cards.js';
import { approveModal, denyModal, isModalWhole, sayModal } from '../card/modals.js';
import { isSaid, saidHere, type Sayable } from '../card/input-card.js';
import { isPending, isShownWhole } from '../card/card-blocks.js';
import { isViewedFirst, standingOf } from '../card/view.js';
import { judgePress, judgeUnproven, type Pressed, type PressVerdict } from './judge-press.js';
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
const NOT_YET: PressOutcome = { kind: 'not-recorded', text: NOT_RECORDED };

type Judged<Of extends ApprovalCard | InputCard> = Extract<PressVerdict, { readonly ok: false }> | { readonly ok: true; readonly card: Of; readonly voter: Extract<PressVerdict, { readonly ok: true }>['voter'] };

const UNKNOWN_BUTTON = { ok: false, code: 'press.unknown', message: 'nobody here knows this button' } as const;
const NOT_SAID_HERE = { ok: false, code: 'answer.in-slack', message: 'that is not said in Slack: use the command line' } as const;

const pressOf = ({ slack, id }: Arrived): Press => ({ slack, id });
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
  async approve(arrived: Arrived): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const judged = this.judgeVote(arrived);
    if (!judged.ok) return this.refuse(arrived, judged);
    if (isViewedFirst(judged.card, isShownWhole(judged.card))) return { kind: 'modal', modal: approveModal(judged.card, { channel: arrived.channel, at: this.parts.clock.now() }, true) };
    return this.vote(arrived, judged, 'approve', '');
  }

  /** The modal comes before anything else: Slack's trigger lives three seconds. Whom the directory does not name is shown nothing, and told so. */
  view(arrived: Arrived): Promise<PressOutcome> {
    return this.open(arrived, (card) => approveModal(card, { channel: arrived.channel, at: this.parts.clock.now() }, standingOf(card) === 'asked' && !isPending(card)));
  }

  deny(arrived: Arrived): Promise<PressOutcome> {
    return this.open(arrived, (card) => denyModal(card, { channel: arrived.channel, at: this.parts.clock.now() }));
  }

  /** A modal was sent. */
  async answer(arrived: Arrived, choice: 'approve' | 'deny', reason: string): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const judged = this.judgeVote(arrived);
    if (!judged.ok) return this.refuse(arrived, judged);
    // A modal that does not show all of it has no button for a yes: whoever sends one all the same has not pressed it.
    if (choice === 'approve' && !isModalWhole(judged.card)) return this.refuse(arrived, { code: 'vote.unseen', message: 'Slack does not show all of it: use the command line' });
    return this.vote(arrived, judged, choice, reason);
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
  async claim(arrived: Arrived): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const judged = this.judgeInput(arrived);
    return judged.ok ? this.say(arrived, judged, { choice: 'claim', reason: '' }) : this.refuse(arrived, judged);
  }

  /** Nothing is said with one click to what a run asks. */
  async ask(arrived: Arrived, choice: string): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const judged = this.judgeInput(arrived);
    if (!judged.ok) return this.refuse(arrived, judged);
    if (!isSaid(choice) || !saidHere(judged.card).includes(choice)) return this.refuse(arrived, NOT_SAID_HERE);
    return { kind: 'modal', modal: sayModal(judged.card, choice, { channel: arrived.channel, at: this.parts.clock.now() }) };
  }

  /** The modal of an answer was sent. `typed`: what stands in the fields, in the order of the question. */
  async submit(arrived: Arrived, { choice, reason, typed }: { readonly choice: string; readonly reason: string; readonly typed: readonly string[] }): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const judged = this.judgeInput(arrived);
    if (!judged.ok) return this.refuse(arrived, judged);
    if (!isSaid(choice) || !saidHere(judged.card).includes(choice)) return this.refuse(arrived, NOT_SAID_HERE);
    const fields = choice === 'answer' ? (judged.card.opened.question.fields ?? []) : [];
    const given = Object.fromEntries(fields.map((field, index) => [field.field, givenValue(typed[index] ?? '', field)]));
    return this.say(arrived, judged, { choice, reason, ...(choice === 'answer' && { given }) });
  }

  /** Bolt listens before the cards of the log are here: until then nothing is said of them, and nothing is kept. */
  private isReadyFor({ approval }: Arrived): boolean {
    return this.parts.known.isSureOf(approval);
  }

  private judge(arrived: Arrived): PressVerdict {
    const { known, directory, home, clock } = this.parts;
    return judgePress(arrived, { card: known.get(arrived.approval), directory: directory(), home: home(), now: clock.now() });
  }

  /** Somebody presses what no card of the kind has. */
  private judgeVote(arrived: Arrived): Judged<ApprovalCard> {
    const judged = this.judge(arrived);
    if (!judged.ok) return judged;
    const { card, voter } = judged;
    return isInputCard(card) ? UNKNOWN_BUTTON : { ok: true, card, voter };
  }

  private judgeInput(arrived: Arrived): Judged<InputCard> {
    const judged = this.judge(arrived);
    if (!judged.ok) return judged;
    const { card, voter } = judged;
    return isInputCard(card) ? { ok: true, card, voter } : UNKNOWN_BUTTON;
  }

  private async say(arrived: Arrived, { card, voter }: Extract<Judged<InputCard>, { readonly ok: true }>, said: { readonly choice: Sayable | 'claim'; readonly reason: string; readonly given?: JsonObject }): Promise<PressOutcome> {
    const { box, log } = this.parts;
    const { kind, result } = this.said.run(arrived.id, arrived.id, () => box.say(card, voter, said, pressOf(arrived)));
    try {
      await result;
    } catch (fault) {
      const code = codeOf(fault);
      log.warn('an answer was not recorded', { code });
      return code === 'VOTE_INVALID' ? { kind: 'refused', text: refusalOf(messageOf(fault)) } : { kind: 'not-recorded', text: NOT_RECORDED };
    }
    return kind === 'first' ? { kind: 'recorded', text: `Your ${said.choice === 'claim' ? 'claim' : 'answer'} is in the log. The card shows when it counts.` } : { kind: 'repeated' };
  }

  private async open(arrived: Arrived, modal: (card: ApprovalCard) => types.ModalView): Promise<PressOutcome> {
    if (!this.isReadyFor(arrived)) return NOT_YET;
    const judged = this.judgeVote(arrived);
    return judged.ok ? { kind: 'modal', modal: modal(judged.card) } : this.refuse(arrived, judged);
  }

  private async vote(arrived: Arrived, { card, voter }: Extract<Judged<ApprovalCard>, { readonly ok: true }>, choice: 'approve' | 'deny', reason: string): Promise<PressOutcome> {
    const { box, log } = this.parts;
    const { kind, result } = this.votes.run(`${card.card} ${arrived.slack.team}/${arrived.slack.user}`, arrived.id, () => box.vote(card, voter, choice, reason, pressOf(arrived)));
    try {
      await result;
    } catch (fault) {
      const code = codeOf(fault);
      log.warn('a vote was not recorded', { code });
      return code === 'VOTE_INVALID' ? { kind: 'refused', text: refusalOf(messageOf(fault)) } : { kind: 'not-recorded', text: NOT_RECORDED };
    }
    if (kind === 'other') return this.refuse(arrived, { code: 'voter.voted', message: 'you have voted on this already' });
    return kind === 'first' ? { kind: 'recorded', text: `Your ${choice === 'approve' ? 'yes' : 'no'} is in the log. The card shows when it is counted.` } : { kind: 'repeated' };
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
