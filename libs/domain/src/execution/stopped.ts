import type { Event } from '@countersign/contracts';
import type { ControlState } from '../control/control-state.js';
import { toolByHash } from '../control/lookups.js';
import { killOver, modeOver, scopeText } from '../control/stops.js';
import { HELD_BY_MODE, KILLED } from '../reason-codes.js';
import type { GrantCheck } from './execution-context.js';

/**
 * Whether stops let a grant be acted on: none that is older than a kill over it, lifted or not, and none while a mode holds it. The
 * executor knows by itself; policy's word for it is not needed.
 */
export const stopCheck = ({ data }: Event<'countersign.action.allowed'>, controls: ControlState): GrantCheck => {
  const { action, act, controlEpoch } = data;
  const target = { tenant: action.tenant, workflow: action.workflow, run: action.run, tool: action.tool, agent: act };
  const kill = killOver(controls.stops, target, controlEpoch);
  if (kill) return { ok: false, code: KILLED, message: `${scopeText(kill)} was stopped: ${kill.reason}` };
  const mode = modeOver(controls.stops, target, toolByHash(controls, action.toolContractHash)?.document.effect ?? 'write');
  return mode ? { ok: false, code: HELD_BY_MODE, message: `${scopeText(mode)} is in mode \`${mode.mode}\`: ${mode.reason}` } : { ok: true };
};
