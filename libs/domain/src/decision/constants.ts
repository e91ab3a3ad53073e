import { minutes, seconds } from '@countersign/kernel';

/** A grant is stale after this: whatever has changed since is looked at again. */
export const GRANT_LIFE = seconds(60);

/** Clocks of two hosts that are kept by NTP differ by less. A grant's beginning has this tolerance, its end has none. */
export const MAX_CLOCK_SKEW = seconds(5);

/** A grant is dated by the executor's clock where that differs; one that is further off is out of order, and people have to look. */
export const FOLLOWED_CLOCK = minutes(10);

/** How often an action is granted anew in a row for a key or a clock: an exchange of keys and a new owner take one each. */
export const MAX_RENEWALS = 3;
