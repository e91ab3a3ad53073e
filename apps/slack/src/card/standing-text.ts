import type { ApprovalCard, Card, CardNote } from '@countersign/domain';
import { standingOf } from './view.js';
import { cutTo, oneLine } from './safe-text.js';

const LONGEST_WORDS = 500;
/** What somebody said, behind what it is about. */
export const words = (text: string | undefined): string => (text === undefined || text === '' ? '' : `: ${cutTo(oneLine(text), LONGEST_WORDS)}`);
const outside = ({ outsideId }: CardNote): string => (outsideId === undefined ? '' : ` (${oneLine(outsideId)})`);

const EFFECTS: Readonly<Partial<Record<CardNote['what'], (note: CardNote) => string>>> = {
  started: () => 'being executed',
  done: (note) => `executed${outside(note)}${note.code === 'read-back' ? ', being read back' : ''}`,
  verified: (note) => `executed${outside(note)}, verified by read-back`,
  diverged: (note) => `executed${outside(note)}, and what was read back differs${words(note.reason)}`,
  failed: (note) => `failed, no effect${words(note.code)}`,
  unknown: (note) => `nobody knows whether it was done${words(note.code)}: a person has to look`,
  refused: (note) => `not executed${words(note.reason)}`,
  undoing: (note) => `being undone${outside(note)}`,
  undone: (note) => `undone${outside(note)}`,
};

/** What was done, and what is known of it. */
export const effectText = (note: CardNote): string => EFFECTS[note.what]?.(note) ?? note.what;

const TITLES = { asked: 'Approval', granted: 'Approved', rejected: 'Rejected', expired: 'Expired: nobody answered', withdrawn: 'Withdrawn', told: 'Done without asking' } as const;
const DONE: Readonly<Partial<Record<CardNote['what'], string>>> = { done: 'executed', verified: 'executed and verified', diverged: 'executed, differs', failed: 'failed', unknown: 'outcome unknown', refused: 'not executed', undone: 'undone' };

/** First line of a card, which notifications show too. */
export const titleOf = (card: ApprovalCard): string => {
  const { opened, effect } = card;
  const done = effect && DONE[effect.what];
  return `${TITLES[standingOf(card)]}${done === undefined ? '' : `, ${done}`}: ${opened.action.tool}`;
};

type Line = readonly [string, string];

/** That people were asked again, and who besides. */
export const askedAgain = ({ isReminded, escalatedTo, answer }: Card): readonly Line[] => [
  ...(isReminded && !answer ? [['reminded: ', 'still open'] as const] : []),
  ...(escalatedTo ? [['escalated: ', `${escalatedTo.join(', ')} are asked besides`] as const] : []),
];

export const endOfRun = ({ ended }: Card): readonly Line[] => (ended ? [['run: ', `${ended.code ?? 'ended'}${words(ended.reason)}`]] : []);

/** What has happened, line by line. */
export const historyOf = (card: ApprovalCard): readonly Line[] => {
  const { opened, votes, answer, effect } = card;
  const yes = votes.filter(({ choice }) => choice === 'approve');
  return [
    ...askedAgain(card),
    ...(yes.length > 0 ? [[`${yes.length} of ${opened.quorum} said yes: `, yes.map(({ by }) => oneLine(by)).join(', ')] as const] : []),
    ...(answer?.what === 'rejected' ? [['rejected ', `by ${oneLine(answer.by ?? '?')}${words(answer.reason)}`] as const] : []),
    ...(answer?.what === 'expired' ? [['expired: ', 'nobody answered in time; that is no denial'] as const] : []),
    ...(answer?.what === 'withdrawn' ? [['withdrawn', words(answer.reason)] as const] : []),
    ...(answer?.what === 'granted' && !effect ? [['granted: ', 'policy decides once more, and the executor acts if it still agrees'] as const] : []),
    ...(effect ? [['effect: ', effectText(effect)] as const] : []),
    ...endOfRun(card),
  ];
};
