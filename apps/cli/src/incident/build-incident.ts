import type { Instant } from '@countersign/kernel';
import { callOf, contextOf, leftOf, policyOf, undoOf } from './answers.js';
import { gatesOf } from './gates.js';
import type { IncidentStep } from './incident.js';
import type { StepLog } from './step-log.js';

const ENDED = ['countersign.action.succeeded', 'countersign.action.verified', 'countersign.action.diverged', 'countersign.action.failed', 'countersign.action.unknown'] as const;
const DECIDED = ['countersign.action.allowed', 'countersign.action.denied', 'countersign.approval.required', 'countersign.decision.lapsed', 'countersign.decision.deferred'] as const;

/** The newest word on a step: of the executor where the tool was called, else of policy. */
const statusOf = (log: StepLog): string => {
  const last = log.of(...ENDED).at(-1) ?? log.of('countersign.attempt.started').at(-1) ?? log.of(...DECIDED).at(-1) ?? log.of('countersign.proposal.rejected', 'countersign.action.proposed').at(-1);
  return last?.type.replace(/^countersign\.\w+\./, '') ?? 'never proposed';
};

/** The answers about one step. `run`: as a person types it. */
export const incidentOf = (log: StepLog, run: string, now: Instant): IncidentStep => {
  const outsideId = log.of('countersign.action.succeeded', 'countersign.action.verified', 'countersign.action.diverged').flatMap(({ data }) => data.outsideId ?? [])[0];
  return {
    step: log.step,
    tool: log.proposal?.data.action.tool ?? '?',
    effect: log.proposal?.data.effect ?? 'read',
    status: statusOf(log),
    ...(outsideId !== undefined && { outsideId }),
    context: contextOf(log),
    policy: policyOf(log),
    call: callOf(log),
    gates: gatesOf(log),
    left: leftOf(log),
    undo: undoOf(log, run, now),
  };
};
