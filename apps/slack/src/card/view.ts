import { hashOfQuestion, isInputCard, STEP_UP_TIER, type ApprovalCard, type Card, type InputCard } from '@countersign/domain';
import { oneLine } from './safe-text.js';

const ANSWERED = ['granted', 'rejected', 'expired', 'withdrawn'] as const;

/** How a card of an approval stands, in one word. */
export type Standing = 'asked' | 'told' | (typeof ANSWERED)[number];

export const standingOf = ({ opened, answer }: ApprovalCard): Standing => {
  if (opened.kind === 'notice') return 'told';
  return ANSWERED.find((what) => what === answer?.what) ?? 'asked';
};

/** Letters of a hash that tell it from another one that anybody sees. */
const SHORT_HASH = 12;

export const shortHash = (hash: string): string => hash.slice(0, SHORT_HASH);

/** Hash of what the card shows and an answer binds: the action, or what a run asks. */
export const shownHash = (card: Card): string => (isInputCard(card) ? hashOfQuestion(card.opened.question) : card.opened.actionHash);

/** What a button carries: which question it is on, and what was shown. */
export const buttonValue = (card: Card): string => `${card.card}.${shortHash(shownHash(card))}`;

/** Whether votes on it count in Slack at all. */
export const isAnsweredHere = ({ opened: { tier, facts } }: ApprovalCard): boolean => tier < STEP_UP_TIER && tier <= facts.maxTier;

/** Nobody says yes with one click to what nothing takes back, as far as is known, to what two people have to see, or to what a card does not show whole. */
export const isViewedFirst = ({ opened: { tier, irreversible, facts } }: ApprovalCard, isWhole: boolean): boolean => tier >= 3 || irreversible === true || facts.undo === undefined || !isWhole;

const askedAtFirst = (card: ApprovalCard | InputCard): { readonly roles: readonly string[]; readonly names: readonly string[]; readonly more: number; readonly isConfirmation: boolean } => {
  if (isInputCard(card)) return { roles: [card.opened.question.role], names: card.opened.people, more: card.opened.morePeople, isConfirmation: false };
  const { facts, roles, confirmation } = card.opened;
  return { roles, names: facts.people, more: facts.morePeople, isConfirmation: confirmation === true };
};

/** More names than these are counted. */
const MOST_NAMES = 8;

/** Who may answer: roles, and the names of the people who have them. */
export const namesText = (card: Card): string => {
  const { escalatedTo = [], people } = card;
  const { roles, names: first, more: moreAtFirst, isConfirmation } = askedAtFirst(card);
  const names = people?.names ?? first;
  const some = names.slice(0, MOST_NAMES).map((name) => oneLine(name));
  const others = (people?.more ?? moreAtFirst) + names.length - some.length;
  const who = isConfirmation ? 'only whom the run acts for' : [...roles, ...escalatedTo].join(' or ') || 'any approver';
  return `${who}${some.length === 0 ? '' : `: ${some.join(', ')}${others === 0 ? '' : ` and ${others} more`}`}`;
};
