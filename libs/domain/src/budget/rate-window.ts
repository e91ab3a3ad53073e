import { minutes, seconds, type Instant } from '@countersign/kernel';

/** A rate is of any minute. */
const RATE_WINDOW = minutes(1);
/** So many numbers keep a rate, however many grants there are. */
const PART = seconds(1);

/** Grants of a run or workflow, by second since 1970, oldest first. */
export type GrantsBySecond = readonly (readonly [second: number, grants: number])[];

/** Those of the minute before a time; a second that is partly in it counts whole. */
const recent = (known: GrantsBySecond, at: Instant): GrantsBySecond => known.filter(([second]) => (second + 1) * PART > at - RATE_WINDOW);

export const grantsOfMinute = (known: GrantsBySecond, at: Instant): number => recent(known, at).reduce((sum, [, grants]) => sum + grants, 0);

export const withGrant = (known: GrantsBySecond, at: Instant): GrantsBySecond => {
  const now = Math.floor(at / PART);
  const before = known.find(([second]) => second === now)?.[1] ?? 0;
  return [...recent(known, at).filter(([second]) => second !== now), [now, before + 1]];
};

/** One came to nothing. The newer ones stay: a rate is rather kept for too long. */
export const withoutGrant = ([oldest, ...newer]: GrantsBySecond): GrantsBySecond => (oldest && oldest[1] > 1 ? [[oldest[0], oldest[1] - 1], ...newer] : newer);
