import type { CardChangedV1, Cause, Event } from '@countersign/contracts';
import { hours, parseTimestamp, type Instant } from '@countersign/kernel';
import { isAmong } from '../event-type.js';
import { isInputCard, type Card, type CardNote, type CardState } from './card-state.js';

/** Cards of what is over are kept for this long, so that what comes late, such as an undo, is shown; then they stand as they are. */
export const CARD_MEMORY = hours(24);

export const initialCards = (): CardState => ({ cards: new Map(), ofRun: new Map() });

const OWN = ['countersign.card.opened', 'countersign.card.input-opened', 'countersign.card.changed', 'countersign.card.shown', 'countersign.card.failed'] as const;

const instant = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);

/** Folds one of the service's own events in. Total. */
export const evolveCards = (state: CardState, event: Event, cause: Cause): CardState => {
  if (!isAmong(event, OWN)) return state;
  const at = instant(event.time);
  if (event.type === 'countersign.card.opened' || event.type === 'countersign.card.input-opened') return openedWith(state, event, at, cause);
  const found = state.cards.get(event.data.card);
  if (found) put(state, { ...changedBy(event, found, at, cause), touchedAt: at });
  return state;
};

const openedWith = (state: CardState, { tenant, workflow, run, step, ...event }: Event<'countersign.card.opened' | 'countersign.card.input-opened'>, at: Instant, cause: Cause): CardState => {
  if (tenant === undefined || workflow === undefined || run === undefined || step === undefined) return state;
  forget(state, at);
  const common = { card: event.data.card, tenant, workflow, run, step, openedAt: at, isReminded: false, revision: 0, telling: { revision: 0, attempt: 1, cause }, touchedAt: at };
  put(state, event.type === 'countersign.card.opened' ? { ...common, opened: event.data, votes: [] } : { ...common, opened: event.data });
  return state;
};

const put = (state: CardState, card: Card): void => {
  state.cards.set(card.card, card);
  for (const run of [card.run, ...(card.undoRun === undefined ? [] : [card.undoRun])]) {
    const known = state.ofRun.get(run) ?? [];
    if (!known.includes(card.card)) state.ofRun.set(run, [...known, card.card]);
  }
};

/** Cards that nothing has happened to for long, and that Slack shows as they are. */
const forget = (state: CardState, now: Instant): void => {
  for (const [id, { touchedAt, opened, telling, run, undoRun }] of state.cards) {
    if (telling !== undefined || Math.max(touchedAt, instant(opened.deadline ?? '')) + CARD_MEMORY > now) continue;
    state.cards.delete(id);
    for (const one of [run, undoRun]) {
      if (one === undefined) continue;
      const left = (state.ofRun.get(one) ?? []).filter((other) => other !== id);
      if (left.length === 0) state.ofRun.delete(one);
      else state.ofRun.set(one, left);
    }
  }
};

const changedBy = (event: Event<'countersign.card.changed' | 'countersign.card.shown' | 'countersign.card.failed'>, card: Card, at: Instant, cause: Cause): Card => {
  if (event.type === 'countersign.card.changed') {
    const revision = card.revision + 1;
    // What is being told is told to its end; what has changed meanwhile is told after it.
    return { ...noted(card, event.data, at), revision, telling: card.telling ?? { revision, attempt: 1, cause } };
  }
  const { telling, ...rest } = card;
  if (!telling) return card;
  if (event.type === 'countersign.card.shown') {
    const { ts, revision } = event.data;
    return { ...rest, shown: { ts, revision }, ...(card.revision > revision && { telling: { revision: card.revision, attempt: 1, cause } }) };
  }
  const { attempt, again } = event.data;
  return again === undefined ? rest : { ...rest, telling: { revision: card.revision, attempt: attempt + 1, notBefore: instant(again), cause } };
};

const ANSWERS: ReadonlySet<string> = new Set(['granted', 'rejected', 'expired', 'withdrawn', 'answered']);
const EFFECTS: ReadonlySet<string> = new Set(['started', 'done', 'verified', 'diverged', 'failed', 'unknown', 'refused', 'undoing', 'undone']);

const noted = (card: Card, data: CardChangedV1, at: Instant): Card => {
  const { what, by, reason, code, choice, outsideId, undoUntil } = data;
  const note: CardNote = { what, at, ...(by !== undefined && { by }), ...(reason !== undefined && { reason }), ...(code !== undefined && { code }), ...(choice !== undefined && { choice }), ...(outsideId !== undefined && { outsideId }), ...(undoUntil !== undefined && { undoUntil: instant(undoUntil) }) };
  if (ANSWERS.has(what)) return { ...card, answer: note };
  if (EFFECTS.has(what)) return { ...card, effect: withOutsideId(note, card.effect), ...(data.undoRun !== undefined && { undoRun: data.undoRun }) };
  if (what === 'reminded') return { ...card, isReminded: true };
  if (what === 'escalated') return { ...card, escalatedTo: data.to ?? [], ...(data.people && { people: { names: data.people, more: data.morePeople ?? 0 } }) };
  if (what === 'closed') return { ...card, ended: note };
  if (isInputCard(card)) return what === 'claimed' ? { ...card, claimed: { by: by ?? '', until: instant(data.until ?? '') } } : card;
  if (what === 'approved' || what === 'denied') return { ...card, votes: [...card.votes, { choice: what === 'approved' ? 'approve' : 'deny', by: by ?? '' }] };
  if (what === 'previewed') return { ...card, ...(data.preview && { preview: data.preview }) };
  return card;
};

/** What the outside system called it is shown as long as it is there. */
const withOutsideId = (note: CardNote, before: CardNote | undefined): CardNote => (note.outsideId === undefined && before?.outsideId !== undefined ? { ...note, outsideId: before.outsideId } : note);

/** JSON form of the state, for snapshots. */
export const freezeCards = ({ cards }: CardState): unknown => [...cards.values()];

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawCards = (frozen: unknown): CardState => {
  const state = initialCards();
  for (const card of frozen as readonly Card[]) put(state, card);
  return state;
};
