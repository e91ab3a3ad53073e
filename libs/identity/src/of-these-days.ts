import { NEWEST_TASK, TASK_MEMORY } from '@countersign/domain';
import { CountersignError, timestamp, type Instant, type Principal } from '@countersign/kernel';

/** As old as what a person has signed may be where it is taken up: older tasks are forgotten, and would be done once more. */
const OLDEST_SIGNED = TASK_MEMORY - NEWEST_TASK;

/** Throws `SIGNATURE_INVALID` where what a person signed at `time` is not of these days. */
export const requireOfTheseDays = (signer: Principal, time: Instant, now: Instant): void => {
  const age = now - time;
  if (age > OLDEST_SIGNED || age + NEWEST_TASK < 0) throw new CountersignError('SIGNATURE_INVALID', `what \`${signer}\` has signed is of ${timestamp(time)}`);
};
