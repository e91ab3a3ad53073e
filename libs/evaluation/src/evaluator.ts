import { newEvent, type Reason } from '@countersign/contracts';
import { actionHashOf, consider, contractFor, toolNamed, type ControlState, type QuestionContext, type Verdict } from '@countersign/domain';
import { agentPrincipal, upstreamPrincipal } from '@countersign/identity';
import { idempotencyKeyOf, sha256, timestamp, type Instant, type StepId } from '@countersign/kernel';
import { NO_APPROVALS, type PreparedPolicy } from '@countersign/policy-engines';
import { argumentFaults } from '@countersign/tools';
import type { RecordedCall } from './recorded-call.js';
import { placeOf, recordedRun, type Place } from './recorded-run.js';
import { requestOf } from './request-of.js';

/** What is asked about; the steps before it are called `recorded-1` and so on. */
const STEP = 'call' as StepId;
const UNKNOWN_TOOL = sha256('');

export interface EvaluatorParts {
  readonly controls: ControlState;
  /** Of the same configuration. */
  readonly policy: PreparedPolicy;
}

/** Decides recorded calls as the policy service would decide them: the same fold, the same faults, the same engine. No Kafka, no clock. */
export class Evaluator {
  constructor(private readonly parts: EvaluatorParts) {}

  /** Nobody has approved anything. Throws for what can be no name of a tenant or workflow. */
  decide(call: RecordedCall, now: Instant): Verdict {
    const { controls, policy } = this.parts;
    const context: QuestionContext = { now, controls, argumentFaults };
    const place = placeOf(call);
    const contract = contractFor(controls, call.tenant, call.workflow);
    if (!contract) return { effect: 'deny', reasons: [noContract(call)] };
    const considered = consider(this.proposed(call, place, context), recordedRun(call, place, context), context);
    if (!considered?.question) return { effect: 'deny', reasons: considered?.faults ?? [] };
    return policy.decide(requestOf(considered.question, { controls, now, approvals: NO_APPROVALS }));
  }

  private proposed({ tenant, workflow, tool: name, args }: RecordedCall, place: Place, { now, controls }: QuestionContext): Parameters<typeof consider>[0] {
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
  }
}

const noContract = ({ tenant, workflow }: RecordedCall): Reason => ({ rule: 'action', code: 'workflow.unknown', message: `no contract in force covers workflow \`${workflow}\` of tenant \`${tenant}\`` });
