import type { Action } from '@countersign/contracts';
import type { Principal } from '@countersign/kernel';
import type { ControlState } from '../control/control-state.js';
import { toolByHash } from '../control/lookups.js';
import { killOver, modeOver, scopeText } from '../control/stops.js';
import { HELD_BY_MODE, KILLED } from '../reason-codes.js';
import type { GrantCheck } from './execution-context.js';

/** What a grant says of what is done under it. */
interface Stoppable {
  readonly action: Action;
  readonly act: Principal;
  readonly controlEpoch: number;
}

/**
 * Whether stops let a grant be acted on: none that is older than a kill over it, lifted or not, and none while a mode holds it. The
 * executor knows by itself; policy's word for it is not needed. `effect`: of the tool, unless it is only asked what it would do.
 */
export const stopCheck = ({ action, act, controlEpoch }: Stoppable, controls: ControlState, effect = toolByHash(controls, action.toolContractHash)?.document.effect ?? 'write'): GrantCheck => {
  const target = { tenant: action.tenant, workflow: action.workflow, run: action.run, tool: action.tool, agent: act };
  const kill = killOver(controls.stops, target, controlEpoch);
  if (kill) return { ok: false, code: KILLED, message: `${scopeText(kill)} was stopped: ${kill.reason}` };
  const mode = modeOver(controls.stops, target, effect);
  return mode ? { ok: false, code: HELD_BY_MODE, message: `${scopeText(mode)} is in mode \`${mode.mode}\`: ${mode.reason}` } : { ok: true };
};
