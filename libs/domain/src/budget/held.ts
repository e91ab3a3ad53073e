import type { LimitAction, Reason } from '@countersign/contracts';
import type { ControlState } from '../control/control-state.js';
import { DEGRADED } from '../reason-codes.js';
import type { Periods } from './periods.js';
import { isRestored } from './restored.js';
import type { RunSpending, WorkflowSpending } from './spending.js';

/** What an action is held to because something was degraded before. */
export interface Held {
  readonly to: LimitAction;
  readonly reason: Reason;
}

const reason = (message: string): Reason => ({ rule: 'budget', code: DEGRADED, message });

/** `undefined` where nothing holds the action. What waits because its workflow is in `safe` is not weighed at all, see `waitOf`. */
export const heldBy = (effect: 'read' | 'write', run: RunSpending, key: string, workflow: WorkflowSpending | undefined, { day, month }: Periods, controls: ControlState): Held | undefined => {
  const degraded = workflow?.degraded;
  if (degraded && degraded.to !== 'safe' && !isRestored(degraded, key, controls) && (effect === 'write' || degraded.to === 'stop')) {
    return { to: degraded.to, reason: reason(`\`${degraded.tool}\` failed too often: ${degraded.to === 'stop' ? 'nothing' : 'no write'} is granted until a person restores the workflow`) };
  }
  if (effect === 'read') return undefined;
  if (run.readOnly) return { to: 'degrade_to_read_only', reason: reason('the run has used up a budget, and may only read') };
  const period = [day, month].find((name) => workflow?.periods.get(name)?.readOnly);
  return period === undefined ? undefined : { to: 'degrade_to_read_only', reason: reason(`the workflow has used up a budget of ${period}, and may only read`) };
};
