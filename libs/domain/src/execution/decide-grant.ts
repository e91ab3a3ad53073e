import type { Event } from '@countersign/contracts';
import { parseTimestamp } from '@countersign/kernel';
import { toolByHash } from '../control/lookups.js';
import { onceKey } from '../ended-actions.js';
import type { Output } from '../output.js';
import { FORGOTTEN_KEY, GRANT_USED } from '../reason-codes.js';
import type { ExecutionContext, GrantCheck } from './execution-context.js';
import type { ExecutionState } from './execution-state.js';
import { shutUntil } from './breakers.js';
import { shownFault } from './decide-preview.js';
import { attemptAt, outOfTime, outOfTurn, refusal, shutOff, type Unused } from './outputs.js';
import { accessed } from './privacy.js';
import { keyHolds } from './repeat.js';
import { stopCheck } from './stopped.js';
import { turnAt } from './turns.js';

/** What the executor does about a grant: the first attempt, or a refusal. Nothing for a grant that it is acting on. */
export const decideGrant = (event: Event<'countersign.action.allowed'>, check: GrantCheck, state: ExecutionState, context: ExecutionContext): readonly Output[] => {
  const { tenant, workflow, run, step, data } = event;
  if (tenant === undefined || workflow === undefined || run === undefined || step === undefined) return [];
  const { jti, actionHash, action, exp, runDeadline } = data;
  const again = data.again?.escalation;
  const once = onceKey(action.idempotencyKey, again);
  if (state.open.has(jti)) return [];
  const place = { tenant, workflow, run, step };
  const tool = toolByHash(context.controls, action.toolContractHash)?.document;
  const earlier = state.unresolved.get(once);
  const unused = (why: Unused): readonly Output[] => [refusal(place, data, why, earlier?.mayBeDone ?? false)];
  const refuse = (code: string, message: string): readonly Output[] => unused({ code, message });
  if (!check.ok) return unused(check);
  if (state.used.has(jti)) return refuse(GRANT_USED, 'the grant was acted on before');
  // A proposal that is written a second time is decided a second time, with the votes of the first: it still is one step.
  if (state.ended.has(once, context.now)) return refuse(GRANT_USED, 'the step has come to its end under another grant');
  if (tool?.id !== action.tool) return refuse('tool.unknown', `the contract of \`${action.tool}\` that the action pins was never published`);
  const stop = stopCheck(data, context.controls);
  if (!stop.ok) return refuse(stop.code, stop.message);
  const other = shownFault(data, state);
  if (other !== undefined) return refuse('preview.differs', other);
  if (context.now >= exp * 1_000) return unused(outOfTime(data));
  if (state.byKey.has(action.idempotencyKey)) return refuse('action.under-way', 'the same step is acted on under another grant');
  const shut = shutUntil({ tenant, tool: tool.id }, state, context.now);
  if (shut !== undefined) return unused(shutOff(tool, shut));
  const startsAt = turnAt(tool, state, context.now);
  if (startsAt >= exp * 1_000) return unused(outOfTurn(tool, startsAt));
  if (earlier?.mayBeDone && !keyHolds(tool, earlier.first, startsAt)) {
    return refuse(FORGOTTEN_KEY, `an earlier call may have had its effect, and \`${action.tool}\` does not recognise a repeat any more`);
  }
  const about = { jti, actionHash, attempt: 1, toolContractHash: action.toolContractHash, exp, idempotencyKey: action.idempotencyKey, ...(again !== undefined && { again }), runDeadline: parseTimestamp(runDeadline) ?? startsAt };
  return [{ type: 'countersign.attempt.started', ...place, data: attemptAt(about, tool, startsAt, earlier?.mayBeDone ?? false, context) }, ...accessed(tool, place, data)];
};
