/** Codes by which one step of the way tells another apart what would look alike. */

/** `action.denied`: the run's time is over. That is a timeout, not a denial. */
export const RUN_DEADLINE = 'run.deadline';
/** `action.denied`: an earlier call of the action may have had its effect, and it is not granted anew. */
export const EFFECT_UNKNOWN = 'effect.unknown';
/** `grant.refused`: policy decides again. */
export const GRANT_EXPIRED = 'expired';
/** `grant.refused`: an earlier call may have had its effect, and the tool no longer knows its key. */
export const FORGOTTEN_KEY = 'key.forgotten';
/** `action.unknown`: the tool said done, and its effect could not be looked at. */
export const UNVERIFIED = 'read-back.unanswered';
