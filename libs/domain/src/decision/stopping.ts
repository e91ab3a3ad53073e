import type { Reason } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import { isRestored } from '../budget/restored.js';
import { workflowKey } from '../budget/spending.js';
import { reachesOut } from '../config/leaving.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { ControlState } from '../control/control-state.js';
import { killOver, modeOver, scopeText, type KillSwitch, type StopTarget } from '../control/stops.js';
import { STOPPED_KILLED, STOPPED_TOO_OLD } from '../reason-codes.js';
import type { QuestionContext } from './decision-context.js';
import type { Case, DecisionState, Until } from './decision-state.js';

/** Of what is decided, as stops see it. */
export const targetOf = ({ action, act }: Pick<Case, 'action' | 'act'>): StopTarget => ({ tenant: action.tenant, workflow: action.workflow, run: action.run, tool: action.tool, agent: act });

/** `since`: the newest control when its task was admitted; a run whose task was admitted before a kill goes no further in what that covered, also once it is lifted. */
export const stopFaults = (about: Pick<Case, 'action' | 'act'>, { stops }: ControlState, since?: number): readonly Reason[] => {
  const kill = killOver(stops, targetOf(about), since);
  return kill ? [killed(kill)] : [];
};

const killed = (kill: KillSwitch): Reason => ({ rule: `kill.${kill.scope}`, code: STOPPED_KILLED, message: `${scopeText(kill)} is stopped: ${kill.reason}` });

export const TOO_OLD: Reason = { rule: 'mode', code: STOPPED_TOO_OLD, message: 'it had queued for longer than whoever let the queue go allows' };

/** What has to be over before a case is decided; `undefined` where that is nothing. `notBefore`: the executor would refuse it until then. */
export const waitOf = ({ action, actionHash, act }: Case, tool: ToolContract, { waiting, spending }: DecisionState, { controls, now }: Pick<QuestionContext, 'controls' | 'now'>, notBefore?: Instant): Until | undefined => {
  const mode = modeOver(controls.stops, targetOf({ action, act }), tool.effect);
  if (mode) return { what: 'stop', stop: { scope: mode.scope, value: mode.value } };
  const workflow = workflowKey(action);
  const degraded = spending.get(workflow)?.degraded;
  if (degraded?.to === 'safe' && !isRestored(degraded, workflow, controls)) return { what: 'stop', stop: { scope: 'workflow', value: workflow } };
  // What changes or tells something outside is decided on all that its run has seen: a result that is on its way may taint it. Other reads are
  // decided on what is known then: they would wait for each other otherwise, and nothing leaves with them.
  if (reachesOut(tool) && waiting.isActingBesides(action.run, actionHash)) return { what: 'outcomes' };
  return notBefore !== undefined && notBefore > now ? { what: 'tool', at: notBefore } : undefined;
};
