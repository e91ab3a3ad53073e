import { newEvent, type Event } from '@countersign/contracts';
import { actionHashOf, contractFor, toolNamed, type QuestionContext } from '@countersign/domain';
import { agentPrincipal, upstreamPrincipal } from '@countersign/identity';
import { idempotencyKeyOf, sha256, timestamp, type Instant, type StepId } from '@countersign/kernel';
import type { RecordedCall } from './recorded-call.js';
import type { Place } from './recorded-run.js';

/** What is asked about; the steps before it are called `recorded-1` and so on. */
const STEP = 'call' as StepId;
const UNKNOWN_TOOL = sha256('');

/** A recorded call as the planner would propose it. */
export const proposedCall = ({ tenant, workflow, tool: name, args }: Pick<RecordedCall, 'tenant' | 'workflow' | 'tool' | 'args'>, place: Place, { now, controls }: Pick<QuestionContext, 'now' | 'controls'>): Event<'countersign.action.proposed'> => {
  const tool = toolNamed(controls, name);
  const contract = contractFor(controls, tenant, workflow);
  const action = {
    ...place,
    step: STEP,
    tool: name,
    toolContractHash: tool?.hash ?? UNKNOWN_TOOL,
    args,
    destination: tool?.document.connection ?? '',
    idempotencyKey: idempotencyKeyOf(place.tenant, place.run, STEP),
    dryRun: false,
  };
  const data = {
    action,
    actionHash: actionHashOf(action),
    effect: tool?.document.effect ?? ('write' as const),
    after: [],
    agent: agentPrincipal(tenant, workflow, contract?.document.id ?? workflow),
    subject: upstreamPrincipal(tenant),
    contractHash: contract?.hash ?? UNKNOWN_TOOL,
    runDeadline: timestamp((now + (contract?.document.timeouts.run ?? 0)) as Instant),
  };
  return newEvent({ type: 'countersign.action.proposed', service: 'planner', ...place, step: STEP, data, now });
};
