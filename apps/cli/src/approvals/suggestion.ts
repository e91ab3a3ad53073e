import type { FigureRow } from '../ledger/shapes.js';

/** With fewer, one answer more or less would change what is said: of twenty, one is five per cent. */
export const ENOUGH = 20;
/** More than one yes in twenty was taken back: whoever asks one more person pays less than that. */
export const OVERRIDDEN_TOO_OFTEN = 0.05;
/** A quarter of the questions found nobody in time: another tier would find nobody either. */
export const EXPIRED_TOO_OFTEN = 0.25;
/** Half of the answers came before anybody could have read what they answered. */
export const MOSTLY_QUICK = 0.5;

const STRICTEST = 4;
/** Nobody is asked: the roles are told, and may have it undone. */
const NOBODY_ASKED = 1;

export type Suggestion =
  | { readonly is: 'too-few'; readonly why: string }
  | { readonly is: 'keep' }
  | { readonly is: 'stricter' | 'looser'; readonly tier: number; readonly why: string }
  /** No tier helps: it is about who is asked, or about the rule. */
  | { readonly is: 'other-people' | 'deny'; readonly why: string };

const percent = (part: number, whole: number): string => `${Math.round((part / whole) * 100)}%`;

/**
 * What the figures of a rule speak for. Nothing acts on it: whoever owns the rule knows what it is there for. The tier is the lowest that
 * the rule was asked at, since another rule may have asked for more at the same time.
 */
export const suggestionFor = ({ tiers: [tier], count, yes, no, expired = 0, timed, quick, granted, overridden }: FigureRow): Suggestion => {
  if (count < ENOUGH) return { is: 'too-few', why: `${count} of ${ENOUGH} questions: too few to say` };
  if (granted >= ENOUGH && overridden / granted > OVERRIDDEN_TOO_OFTEN) {
    const why = `${percent(overridden, granted)} of what was granted was overridden or rolled back`;
    return tier < STRICTEST ? { is: 'stricter', tier: tier + 1, why } : { is: 'deny', why };
  }
  if (expired / count >= EXPIRED_TOO_OFTEN) return { is: 'other-people', why: `${percent(expired, count)} found nobody in time` };
  if (timed >= ENOUGH && quick / timed >= MOSTLY_QUICK && no === 0 && overridden === 0 && yes > 0 && tier > NOBODY_ASKED) {
    return { is: 'looser', tier: tier - 1, why: `nobody said no, nothing was taken back, and ${percent(quick, timed)} were answered before they can have been read` };
  }
  return { is: 'keep' };
};
