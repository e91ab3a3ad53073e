import { STEP_UP_TIER, type Card } from '@countersign/domain';

const ANSWERED = ['granted', 'rejected', 'expired', 'withdrawn'] as const;

/** How a card stands, in one word. */
export type Standing = 'asked' | 'told' | (typeof ANSWERED)[number];

export const standingOf = ({ opened, answer }: Card): Standing => {
  if (opened.kind === 'notice') return 'told';
  return ANSWERED.find((what) => what === answer?.what) ?? 'asked';
};

/** Whether votes on it count in Slack at all. */
export const isAnsweredHere = ({ opened: { tier, facts } }: Card): boolean => tier < STEP_UP_TIER && tier <= facts.maxTier;

/** Nobody says yes with one click to what cannot be taken back, to what two people have to see, or to what a card does not show whole. */
export const isViewedFirst = ({ opened: { tier, irreversible } }: Card, isWhole: boolean): boolean => tier >= 3 || irreversible === true || !isWhole;

export const namesOf = ({ opened: { facts, roles, confirmation }, escalatedTo, people }: Card): { readonly who: string; readonly names: readonly string[]; readonly more: number } => ({
  who: confirmation ? 'only whom the run acts for' : [...roles, ...(escalatedTo ?? [])].join(' or ') || 'any approver',
  names: people?.names ?? facts.people,
  more: people?.more ?? facts.morePeople,
});
