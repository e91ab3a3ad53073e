import type { RunEscalationReason, Event, RunEscalatedV1 } from '@countersign/contracts';
import { deterministicId, timestamp, type Instant, type Sha256, type StepId } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import { firstCause } from '../first-cause.js';
import type { OutputOf } from '../output.js';
import { cut } from '../room.js';
import { MAX_REASON_LENGTH } from './constants.js';
import type { RunEnd } from './plan-steps.js';
import type { RunState } from './run-state.js';

/** Ends that no rule can settle: somebody has to look at what the outside system says. */
const REASONS: Partial<Record<RunEnd['outcome'], RunEscalationReason>> = { unverified: 'effect.diverged', unknown: 'effect.unknown' };

/** Ids and hashes of the events that an event came from. */
const causesOf = ({ causes }: Event): RunEscalatedV1['evidence'] =>
  causes
    .split(' ')
    .flatMap((one) => firstCause(one) ?? [])
    .map(({ id, sha256 }) => ({ id, sha256: sha256 as Sha256 }));

/** What is written in place of the end of a run that a person has to look at; `undefined` where its contract names nobody, or nobody has to. */
export const escalate = (run: Pick<RunState, 'run' | 'tenant' | 'workflow'>, { outcome, reason: why }: RunEnd, step: StepId, event: Event, { escalation }: AgentContract, now: Instant): OutputOf<'countersign.run.escalated'> | undefined => {
  const reason = REASONS[outcome];
  if (!escalation || !reason) return undefined;
  const { tenant, workflow, run: id } = run;
  return {
    type: 'countersign.run.escalated',
    tenant,
    workflow,
    run: id,
    step,
    data: {
      escalation: deterministicId('escalation', id, step, event.id),
      reason,
      step,
      message: cut(why, MAX_REASON_LENGTH),
      evidence: causesOf(event),
      role: escalation.role,
      deadline: timestamp((now + escalation.within) as Instant),
    },
  };
};

/** How a run ends that nobody looked at in time. */
export const unanswered = ({ reason, message, deadline, role }: NonNullable<RunState['escalated']>): RunEnd => ({
  outcome: reason === 'effect.diverged' ? 'unverified' : 'unknown',
  reason: `${message}; nobody of \`${role}\` has said anything until ${timestamp(deadline)}`,
});
