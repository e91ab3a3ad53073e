import type { Tries } from '@countersign/contracts';
import { contractFor } from '../control/lookups.js';
import type { QuestionContext } from '../decision/decision-context.js';
import type { DecisionState, Grant } from '../decision/decision-state.js';
import type { Output } from '../output.js';
import { isTooMany } from '../error-window.js';
import { isRestored } from './restored.js';
import { workflowKey } from './spending.js';

/** What follows from how calls of a tool came to their end, `tries` the newest of them: nothing, or that less is granted until a person restores it. */
export const afterErrors = ({ action }: Pick<Grant, 'action'>, tries: Tries | undefined, state: DecisionState, { now, controls }: Pick<QuestionContext, 'now' | 'controls'>): readonly Output[] => {
  const { tenant, workflow, run, step, tool } = action;
  const fallbacks = contractFor(controls, tenant, workflow)?.document.fallbacks;
  const share = fallbacks?.onToolErrorRateGt;
  const key = workflowKey(action);
  const known = state.spending.get(key);
  if (!tries || !fallbacks || share === undefined || (known?.degraded && !isRestored(known.degraded, key, controls))) return [];
  const sum = known?.errors.get(tool)?.sum(now, tries) ?? tries;
  if (!isTooMany(sum, share)) return [];
  return [{ type: 'countersign.workflow.degraded', tenant, workflow, run, step, subject: 'workflow', data: { scope: 'workflow', limit: 'error-rate', to: fallbacks.action, tool, tries: sum, controlEpoch: controls.epoch } }];
};
