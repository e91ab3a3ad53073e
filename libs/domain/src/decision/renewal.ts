import type { Event, Reason } from '@countersign/contracts';
import { parseTimestamp, type Instant, type KeyId } from '@countersign/kernel';
import { GRANT_EXPIRED, GRANT_UNUSABLE, KEY_WRONG, NOT_YET_VALID } from '../reason-codes.js';
import { FOLLOWED_CLOCK, MAX_CLOCK_SKEW, MAX_RENEWALS } from './constants.js';
import type { QuestionContext } from './decision-context.js';
import type { DecisionState, Deferral, Grant } from './decision-state.js';

/** A grant that the executor did not use, though nothing is wrong with the decision: it is decided anew. */
export interface Renewal {
  readonly grant: Grant;
  /** A call under it may have had its effect. */
  readonly mayBeDone: boolean;
  /** Grants in a row, this one included, that failed for a key or a clock; 0 where it ran out in its time. */
  readonly renewals: number;
  /** Why, for people. */
  readonly why: string;
  /** The time by the clock that the next grant is for; absent where the clocks agree. */
  readonly dated?: Instant;
  /** The key that the executor says it holds. */
  readonly key?: KeyId;
}

export const renewalOf = ({ time, data }: Event<'countersign.grant.refused'>, grant: Grant, { now }: Pick<QuestionContext, 'now'>): Renewal => {
  const { code, message, mayBeDone, key } = data;
  const theirs = parseTimestamp(time) ?? now;
  const end = grant.exp * 1_000;
  const clocksDiffer = code === NOT_YET_VALID || (code === GRANT_EXPIRED && theirs >= end && now + MAX_CLOCK_SKEW < end);
  return {
    grant,
    mayBeDone,
    renewals: clocksDiffer || code === KEY_WRONG ? grant.renewals + 1 : 0,
    why: `${code}: ${message}`,
    ...(clocksDiffer && Math.abs(theirs - now) <= FOLLOWED_CLOCK && { dated: theirs }),
    ...(key !== undefined && { key }),
  };
};

/** The same after the action was put off meanwhile. Keys and clocks have had the time to be put right. */
export const renewalAfter = ({ grant: waiting }: Deferral, state: DecisionState): Renewal | undefined => {
  const grant = waiting && state.grants.get(waiting.jti);
  return grant && { grant, mayBeDone: waiting.mayBeDone, renewals: waiting.renewals, why: waiting.why };
};

/** Granting anew would go on for ever. */
export const renewalFaults = ({ renewals, why }: Renewal): readonly Reason[] =>
  renewals > MAX_RENEWALS ? [{ rule: 'executor', code: GRANT_UNUSABLE, message: `the executor could use none of ${renewals} grants in a row: ${why}` }] : [];
