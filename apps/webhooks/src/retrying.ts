import { isTurnedAway } from '@countersign/domain';
import { millis, minutes, seconds, type Millis } from '@countersign/kernel';

/** A receiver that takes an event and works on it answers at once: what takes longer is no answer. */
export const ATTEMPT_TIMEOUT = seconds(10);
/** Long enough for a receiver to be started anew, and for somebody to see that it is down before letters pile up. */
export const TOTAL_TIME = minutes(15);

const FIRST_PAUSE = seconds(1);
const LONGEST_PAUSE = minutes(1);

/** `done`; `again`: it may go well the next time; `refused`: it will not. */
export type Verdict = 'done' | 'again' | 'refused';

/** What an answer means. A redirect is a refusal: where an endpoint is, people have signed. */
export const verdictOf = (status: number): Verdict => {
  if (status >= 200 && status < 300) return 'done';
  return status >= 500 || isTurnedAway(status) ? 'again' : 'refused';
};

/**
 * How long to wait before the next try; `undefined` where the time is over. Full jitter: what failed together does not come back together.
 * `chance` is from 0 up to 1. What the endpoint asks for by `retry-after` is waited for at least, as far as there is time.
 */
export const pauseBefore = (tries: number, spent: number, chance: number, retryAfterMs = 0): Millis | undefined => {
  const most = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
  const pause = Math.max(Math.round(most * chance), retryAfterMs);
  return spent + pause >= TOTAL_TIME ? undefined : millis(pause);
};
