import type { Instant } from '@countersign/kernel';
import type { RunLimits } from '../config/agent-contract.js';
import type { RunContext } from '../context/run-context.js';

/**
 * What is to be set aside, beyond what is already, for the time that a run is open: until its deadline, or until its own limit of time where
 * nothing is granted after that. A grant that comes later has been allowed by people, and takes the rest.
 */
export const timeOf = ({ opened, deadline, spending }: Pick<RunContext, 'opened' | 'deadline' | 'spending'>, { wallClock }: Pick<RunLimits, 'wallClock'>, now: Instant): number => {
  const whole = Math.max(0, deadline - opened);
  const most = wallClock === undefined || now - opened > wallClock ? whole : Math.min(whole, wallClock);
  return Math.max(0, most - spending.time.reduce((sum, { ms }) => sum + ms, 0));
};
