import { days, hours, minutes, seconds } from '@countersign/kernel';

/** The gateway refuses a task whose own time is older than the one, or further ahead than the other: clocks of upstream systems differ. */
export const OLDEST_TASK = hours(24);
export const NEWEST_TASK = hours(1);

/** A task that comes again within this time is the same task: longer than the gateway can take it, whatever its time, and an hour more. What is remembered longer is so by an hour at most. */
export const TASK_MEMORY = hours(26);

/**
 * How long a run waits after its deadline for what is under way: a grant lives 60 s, its last call up to 60 s more, and looking at the
 * effect a few times that. Whatever has not ended by then is not known.
 */
export const RUN_GRACE = minutes(10);

/** The reasons of a closed run are for people; an event has room for no more. */
export const MAX_REASON_LENGTH = 1_000;

/** The log keeps 14 days: an older run could not be looked up while it is open. */
export const MAX_RUN_TIMEOUT = days(13);

/** Shorter than a run can usefully be, and long enough for one call. */
export const MIN_RUN_TIMEOUT = seconds(1);
