/** Codes by which one step of the way tells another apart what would look alike. */

/** `action.denied`: the run's time is over. That is a timeout, not a denial. */
export const RUN_DEADLINE = 'run.deadline';
/** `action.denied`: an earlier call of the action may have had its effect, and it is not granted anew. */
export const EFFECT_UNKNOWN = 'effect.unknown';
/** `action.denied`: the executor could use none of several grants. That is a fault of keys or clocks, not a denial. */
export const GRANT_UNUSABLE = 'grant.unusable';
/** `action.denied`, and the reason of a question: an earlier budget or too many errors have narrowed the run or workflow. */
export const DEGRADED = 'workflow.degraded';
/** The same call with the same arguments, once more than the agent contract takes for progress. */
export const OVER_REPEATS = 'repeat.exceeded';
/** `action.denied`: the call lacks the argument by which its tool counts records. */
export const RECORDS_UNKNOWN = 'records.unknown';
/** `grant.refused`: the grant has run out. */
export const GRANT_EXPIRED = 'expired';
/** `grant.refused`: it was acted on before, or its step has come to its end under another. */
export const GRANT_USED = 'used';
/** `grant.refused`: it is for another key than the executor holds; keys are exchanged while grants are on their way. */
export const KEY_WRONG = 'key.wrong';
/** `grant.refused`: by the executor's clock it was not made yet. */
export const NOT_YET_VALID = 'not-yet-valid';

/** `grant.refused`: a mode holds its action. */
export const HELD_BY_MODE = 'mode';
/** `grant.refused`, and the code of a call that was broken off: a kill switch is over its action. */
export const KILLED = 'killed';
/** `action.denied`: a kill switch is over it. */
export const STOPPED_KILLED = 'stopped.killed';
/** `action.denied`: it had queued for longer than whoever let the queue go allows. */
export const STOPPED_TOO_OLD = 'stopped.too-old';

/** `grant.refused`: too many calls of its tool have failed. */
export const BREAKER_OPEN = 'breaker.open';
/** `grant.refused`: its turn by the rate of its tool comes when the grant is over. */
export const TOOL_RATE = 'tool.rate';
/** `grant.refused`: the tool asked to be left alone for longer than the grant lives. */
export const RETRY_AFTER = 'tool.retry-after';

/** `grant.refused`: what the action would do is no more what people were shown when they voted. They are asked anew. */
export const PREVIEW_CHANGED = 'preview.changed';

/** `grant.refused`: nothing is wrong with the decision, so policy decides again. */
export const isDecidedAnew = (code: string): boolean => [GRANT_EXPIRED, KEY_WRONG, NOT_YET_VALID, HELD_BY_MODE, BREAKER_OPEN, TOOL_RATE, RETRY_AFTER, PREVIEW_CHANGED].includes(code);

/** `grant.refused`: an earlier call may have had its effect, and the tool no longer knows its key. */
export const FORGOTTEN_KEY = 'key.forgotten';
/** `action.unknown`: the tool said done, and its effect could not be looked at. */
export const UNVERIFIED = 'read-back.unanswered';
