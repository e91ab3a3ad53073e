import type { CardChangedV1, CardOpenedV1, Event, Reason } from '@countersign/contracts';
import { jsonBytes, parseTimestamp, timestamp, type Instant } from '@countersign/kernel';
import { authorsFor, contractFor } from '../control/lookups.js';
import type { ControlState } from '../control/control-state.js';
import { isAmong } from '../event-type.js';
import type { Output } from '../output.js';
import { isDecidedAnew } from '../reason-codes.js';
import { cut, fitting, ROOM_FOR_DATA } from '../room.js';
import { undoWindowOf } from '../undo/undo.js';
import type { Asked } from '../approval/voice.js';
import { channelFor, factsOf, nameOf, peopleFor, type CardContext } from './card-facts.js';
import { isInputCard, type ApprovalCard, type Card, type CardState } from './card-state.js';
import { changeOfInput, OF_INPUT, openInput } from './decide-input-card.js';

/** What the Slack service does about an event of the log: it opens cards, and says what has happened to them. */
export const decideCard = (event: Event, state: CardState, context: CardContext): readonly Output[] => {
  if (event.type === 'countersign.approval.requested') return openQuestion(event, state, context);
  if (event.type === 'countersign.approval.notified') return openNotice(event, state, context);
  if (event.type === 'countersign.run.input-requested') return openInput(event, state, context);
  if (event.type === 'countersign.approval.ballot-refused') return tellVoter(event, event.data.approval, state);
  if (event.type === 'countersign.run.answer-refused') return tellVoter(event, event.data.escalation, state);
  if (event.type === 'countersign.run.started') return undoing(event, state);
  if (event.type === 'countersign.run.closed') return closed(event, state);
  if (isAmong(event, OF_INPUT)) {
    const asked = state.cards.get(event.data.escalation);
    return asked && isInputCard(asked) ? [changed(asked, changeOfInput(event, asked, context))] : [];
  }
  if (!isAmong(event, CHANGING)) return [];
  const found = cardOf(event, state);
  const change = found && changeBy(event, found, context);
  return found && change ? [changed(found, change)] : [];
};

/** What an open card shows of what comes after it. */
const CHANGING = [
  'countersign.approval.previewed',
  'countersign.approval.vote-cast',
  'countersign.approval.granted',
  'countersign.approval.rejected',
  'countersign.approval.expired',
  'countersign.approval.withdrawn',
  'countersign.approval.reminded',
  'countersign.approval.escalated',
  'countersign.attempt.started',
  'countersign.action.succeeded',
  'countersign.action.verified',
  'countersign.action.diverged',
  'countersign.action.failed',
  'countersign.action.unknown',
  'countersign.grant.refused',
] as const;
type Changing = Event<(typeof CHANGING)[number]>;

/** What `decideCard` has something to say about. */
export const CARD_INPUTS = [
  'countersign.approval.requested',
  'countersign.approval.notified',
  'countersign.approval.ballot-refused',
  ...CHANGING,
  'countersign.run.input-requested',
  ...OF_INPUT,
  'countersign.run.answer-refused',
  'countersign.run.started',
  'countersign.run.closed',
] as const;

const changed = ({ card, tenant, workflow, run, step }: Card, change: Omit<CardChangedV1, 'card'>): Output => ({ type: 'countersign.card.changed', tenant, workflow, run, step, subject: card, data: { card, ...change } });

const askedOf = ({ tenant, workflow, data }: Event<'countersign.approval.requested'>, controls: ControlState): Asked => ({
  tier: data.tier,
  roles: data.roles,
  confirmation: data.confirmation,
  sub: data.sub,
  act: data.act,
  authors: tenant === undefined || workflow === undefined ? data.authors : authorsFor(controls, tenant, workflow),
});

/** A card with as many of its reasons as an event has room for. */
const withReasons = (card: CardOpenedV1, reasons: readonly Reason[]): CardOpenedV1 => Object.assign({}, card, { reasons: fitting(reasons, ROOM_FOR_DATA - jsonBytes(card)) });

const openQuestion = (event: Event<'countersign.approval.requested'>, state: CardState, context: CardContext): readonly Output[] => {
  const { tenant, workflow, run, step, data } = event;
  const channel = channelFor(data.roles, context);
  if (channel === undefined || tenant === undefined || workflow === undefined || run === undefined || step === undefined || state.cards.has(data.approval)) return [];
  const { approval: card, action, actionHash, reasons, tier, quorum, roles, deadline, confirmation, irreversible, preview, sub, act } = data;
  const contract = contractFor(context.controls, tenant, workflow)?.document.id;
  const facts = factsOf(action, peopleFor(askedOf(event, context.controls), context.controls), reasons, context.controls);
  const opened: CardOpenedV1 = {
    card, kind: 'question', channel, action, actionHash, reasons: [], tier, quorum, roles, deadline,
    ...(confirmation && { confirmation }),
    ...(irreversible && { irreversible }),
    ...(preview !== undefined && { preview }),
    sub, act, facts,
    ...(contract !== undefined && { contract }),
  };
  return [{ type: 'countersign.card.opened', tenant, workflow, run, step, subject: card, data: withReasons(opened, reasons) }];
};

const openNotice = ({ tenant, workflow, run, step, data }: Event<'countersign.approval.notified'>, state: CardState, context: CardContext): readonly Output[] => {
  const channel = channelFor(data.roles, context);
  if (channel === undefined || tenant === undefined || workflow === undefined || run === undefined || step === undefined || state.cards.has(data.jti)) return [];
  const { jti: card, action, actionHash, reasons, roles, undoUntil } = data;
  const opened: CardOpenedV1 = { card, kind: 'notice', channel, action, actionHash, reasons: [], tier: 1, quorum: 0, roles, ...(undoUntil !== undefined && { deadline: undoUntil }), facts: factsOf(action, { people: [], morePeople: 0 }, reasons, context.controls) };
  return [{ type: 'countersign.card.opened', tenant, workflow, run, step, subject: card, data: withReasons(opened, reasons) }];
};

/** What was pressed in Slack and does not count: whoever pressed it is told there, and nobody else. */
const tellVoter = ({ data, id }: Event<'countersign.approval.ballot-refused' | 'countersign.run.answer-refused'>, about: string | undefined, state: CardState): readonly Output[] => {
  const found = about === undefined ? undefined : state.cards.get(about);
  if (!found || !data.via) return [];
  const { card, tenant, workflow, run, step } = found;
  return [{ type: 'countersign.voter.told', tenant, workflow, run, step, subject: id, data: { card, slack: data.via.slack, code: data.code, message: data.message } }];
};

/** A person has ordered that what the card is about is undone. */
const undoing = ({ run, data: { undoes } }: Event<'countersign.run.started'>, state: CardState): readonly Output[] => {
  if (!undoes || run === undefined) return [];
  return cardsOf(state, undoes.run).filter((found) => !isInputCard(found) && found.step === undoes.step).map((found) => changed(found, { what: 'undoing', undoRun: run }));
};

/** The end of a run: what it has undone itself, and whether an order to undo was carried out. */
const closed = ({ run, data }: Event<'countersign.run.closed'>, state: CardState): readonly Output[] => {
  if (run === undefined) return [];
  const reason = cut(data.reason, MAX_REASON);
  return cardsOf(state, run).flatMap((found): readonly Output[] => {
    if (found.undoRun === run) return data.outcome === 'succeeded' ? [changed(found, { what: 'undone' })] : [];
    const isUndone = !isInputCard(found) && data.sideEffects.some(({ step, undoneBy }) => step === found.step && undoneBy !== undefined);
    return [...(isUndone ? [changed(found, { what: 'undone' })] : []), changed(found, { what: 'closed', code: data.outcome, reason })];
  });
};

const MAX_REASON = 500;

const cardsOf = (state: CardState, run: Card['run']): readonly Card[] => (state.ofRun.get(run) ?? []).flatMap((card) => state.cards.get(card) ?? []);

/** The card that an event is about. */
const cardOf = ({ run, step, data }: Changing, state: CardState): ApprovalCard | undefined => {
  const ofApproval = 'approval' in data ? state.cards.get(data.approval) : undefined;
  if (ofApproval) return isInputCard(ofApproval) ? undefined : ofApproval;
  if (run === undefined || !('actionHash' in data)) return undefined;
  // An action that people were asked about twice is shown on the newer card.
  return cardsOf(state, run).findLast((found): found is ApprovalCard => !isInputCard(found) && found.step === step && found.opened.actionHash === data.actionHash);
};

/** Planner and policy count the window from when they hear of the end, which is no earlier than this: nobody is promised more than there is. */
const undoUntilOf = ({ time }: Changing, { opened: { action } }: ApprovalCard, controls: ControlState): Pick<CardChangedV1, 'undoUntil'> => {
  const window = undoWindowOf(action, controls);
  const at = parseTimestamp(time);
  return window === undefined || at === undefined ? {} : { undoUntil: timestamp((at + window) as Instant) };
};

/** What an event is for the card that it is about; nothing where the card shows nothing of it. */
const changeBy = (event: Changing, card: ApprovalCard, { controls }: CardContext): Omit<CardChangedV1, 'card'> | undefined => {
  const { opened } = card;
  switch (event.type) {
    case 'countersign.approval.vote-cast': {
      const by = nameOf(event.data.voter, controls);
      const place = event.data.onBehalfOf === undefined ? '' : ` in the place of ${nameOf(event.data.onBehalfOf, controls)}`;
      const consent = event.data.consent === undefined ? '' : ' beforehand';
      return { what: event.data.choice === 'approve' ? 'approved' : 'denied', by: cut(`${by}${place}${consent}`, 200) };
    }
    case 'countersign.approval.previewed':
      return { what: 'previewed', preview: event.data.preview };
    case 'countersign.approval.granted':
      return { what: 'granted' };
    case 'countersign.approval.rejected':
      return { what: 'rejected', by: cut(nameOf(event.data.by, controls), 200), reason: event.data.reason };
    case 'countersign.approval.expired':
      return { what: 'expired' };
    case 'countersign.approval.withdrawn':
      return { what: 'withdrawn', reason: event.data.reason };
    case 'countersign.approval.reminded':
      return { what: 'reminded' };
    case 'countersign.approval.escalated': {
      const { to } = event.data;
      const { tier, roles, confirmation, sub, act, action } = opened;
      const asked = sub !== undefined && act !== undefined && { tier, roles, fallback: to, confirmation, sub, act, authors: authorsFor(controls, action.tenant, action.workflow) };
      return { what: 'escalated', to, ...(asked && peopleFor(asked, controls)) };
    }
    case 'countersign.attempt.started':
      return { what: 'started' };
    case 'countersign.action.succeeded':
      return { what: 'done', ...(event.data.outsideId !== undefined && { outsideId: event.data.outsideId }), ...(event.data.readBack ? { code: 'read-back' } : undoUntilOf(event, card, controls)) };
    case 'countersign.action.verified':
      return { what: 'verified', ...(event.data.outsideId !== undefined && { outsideId: event.data.outsideId }), ...undoUntilOf(event, card, controls) };
    case 'countersign.action.diverged':
      return { what: 'diverged', reason: cut(event.data.faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; '), MAX_REASON) };
    case 'countersign.action.failed':
      return event.data.retrying ? undefined : { what: 'failed', code: event.data.code };
    case 'countersign.action.unknown':
      return event.data.resolving ? undefined : { what: 'unknown', code: event.data.code };
    case 'countersign.grant.refused':
      return isDecidedAnew(event.data.code) ? undefined : { what: 'refused', code: event.data.code, reason: cut(event.data.message, MAX_REASON) };
  }
};
