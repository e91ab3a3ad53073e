import type { Reason } from '@countersign/contracts';
import { consider, contractFor, type ControlState, type QuestionContext, type Verdict } from '@countersign/domain';
import type { Instant } from '@countersign/kernel';
import { NO_APPROVALS, type PreparedPolicy } from '@countersign/policy-engines';
import { writtenArgumentFaults, periodsOf } from '@countersign/tools';
import { proposedCall } from './proposed-call.js';
import type { RecordedCall } from './recorded-call.js';
import { placeOf, recordedRun } from './recorded-run.js';
import { requestOf } from './request-of.js';

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
    const context: QuestionContext = { now, controls, argumentFaults: writtenArgumentFaults, periodsOf };
    const place = placeOf(call);
    const contract = contractFor(controls, call.tenant, call.workflow);
    if (!contract) return { effect: 'deny', reasons: [noContract(call)] };
    const considered = consider(proposedCall(call, place, context), recordedRun(call, place, context), context);
    if (!considered?.question) return { effect: 'deny', reasons: considered?.faults ?? [] };
    return policy.decide(requestOf(considered.question, { controls, now, approvals: NO_APPROVALS }));
  }
}

const noContract = ({ tenant, workflow }: RecordedCall): Reason => ({ rule: 'action', code: 'workflow.unknown', message: `no contract in force covers workflow \`${workflow}\` of tenant \`${tenant}\`` });
