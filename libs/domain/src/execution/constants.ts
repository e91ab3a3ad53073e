import { days, millis, minutes, seconds, type Millis } from '@countersign/kernel';
import { isDecidedAnew } from '../reason-codes.js';

/** At most, before the second, third, ... call of one action: a tool that stumbles gets up in a second or two, or not soon. Each waits a part of it that its own id chooses, so that many that failed together do not come back together. */
export const RETRY_WAITS: readonly Millis[] = [millis(500), seconds(2), seconds(5), seconds(10)];

/** Before each look at an effect: some systems show what they have done only a moment later. */
export const READ_BACK_WAITS: readonly Millis[] = [millis(0), millis(500), seconds(2)];

/** After the deadline of a restored attempt: clocks differ, and its owner may have been about to give up. */
export const SETTLE_MARGIN = seconds(1);

/** An action whose grant ran out is remembered as long as the log keeps the refusal that a new grant could answer. */
export const UNRESOLVED_MEMORY = days(14);

/** A breaker looks at the calls of this time, ... */
export const BREAKER_WINDOW = minutes(1);
/** ... at no fewer than these, ... */
export const BREAKER_CALLS = 10;
/** ... and opens where more than this share of them failed. */
export const BREAKER_SHARE = 0.5;
/** Long enough for a process to start again, and within the life of a grant. */
export const BREAKER_PAUSE = seconds(30);

/** From this tier on the executor looks once more at what an action would do, right before it does it. */
export const REPEATED_TIER = 3;

/** Whoever looks into an unknown effect needs no more calls than these, and an event has room for them. */
export const CALLS_TOLD = 20;

/** Codes of outcomes that are not the tool's. */
export const INTERRUPTED = 'attempt.interrupted';
export const ANSWER_INVALID = 'TOOL_ANSWER_INVALID';
export const TIMED_OUT = 'TOOL_TIMEOUT';
/** The tool sent us somewhere else, and nobody followed. */
export const REDIRECTED = 'redirect.refused';

/** How much an outcome takes of a tool's attempts: one that we broke off ourselves, or that no grant allowed, says nothing of the tool. */
export const counted = (code: string): 0 | 1 => (code === INTERRUPTED || isDecidedAnew(code) ? 0 : 1);
