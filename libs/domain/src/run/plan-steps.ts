import type { Playbook } from '../config/playbook.js';
import type { AgentContract } from '../config/agent-contract.js';
import { toolNamed } from '../control/lookups.js';
import type { Output } from '../output.js';
import type { MicroUsd, StepId } from '@countersign/kernel';
import { ROOM_FOR_PROPOSALS } from '../room.js';
import { holds } from './condition.js';
import { dependenciesOf } from './dependencies.js';
import type { PlanContext } from './plan-context.js';
import { planCompensation } from './plan-compensation.js';
import { proposalOutput, proposeStep } from './propose-step.js';
import { failureOf } from './rejection.js';
import { isUnderWay, underWay, type RunFailure, type RunState, type StepState } from './run-state.js';

export interface Plan {
  readonly outputs: readonly Output[];
  /** What the run has come to; absent while a step is under way. */
  readonly ended?: RunEnd;
}

export type RunEnd = { readonly outcome: 'succeeded' | 'compensated'; readonly reason: string } | RunFailure;

/**
 * Everything that may be proposed now. Steps speak only of steps before them, so one pass in their order sees each in its turn. What has no
 * room in one append is proposed when a step that is under way has ended.
 */
export const planSteps = (
  run: Omit<RunState, 'newest'>,
  contract: AgentContract,
  playbook: Playbook,
  known: ReadonlyMap<StepId, StepState>,
  context: PlanContext,
): Plan => {
  const outputs: Output[] = [];
  const steps = new Map(known);
  const place = { tenant: run.tenant, workflow: run.workflow, run: run.run };
  const effectOf = (tool: string): 'read' | 'write' => toolNamed(context.controls, tool)?.document.effect ?? 'write';
  let failure = run.failure;
  let room = ROOM_FOR_PROPOSALS;
  let proposedSoFar = [...steps.values()].filter((step) => isUnderWay(step) || step.outcome !== 'skipped').length;

  for (const [index, step] of playbook.steps.entries()) {
    if (steps.has(step.id)) continue;
    if (context.now >= run.deadline) failure = PAST_DEADLINE;
    if (failure || room <= 0) break;
    const after = dependenciesOf(playbook, index, effectOf);
    if ([...after].some((id) => steps.get(id)?.status !== 'ended')) continue;
    if (step.when && !holds(step.when, { input: run.input, steps })) {
      steps.set(step.id, { status: 'ended', outcome: 'skipped' });
      outputs.push({ type: 'countersign.step.observed', ...place, step: step.id, data: { outcome: 'skipped', usedMicroUsd: 0 as MicroUsd } });
      continue;
    }
    const proposal = proposeStep({ run, contract, step, after, steps, proposedSoFar }, context);
    outputs.push(proposalOutput(place, step.id, proposal));
    if ('rejected' in proposal) {
      failure = failureOf(proposal.rejected);
      continue;
    }
    steps.set(step.id, underWay(proposal.proposed));
    proposedSoFar += 1;
    room -= proposal.bytes;
  }
  if ([...steps.values()].some(isUnderWay)) return { outputs };
  if (!failure) return { outputs, ended: { outcome: 'succeeded', reason: 'every step is done' } };
  if (playbook.onFailure !== 'compensate') return { outputs, ended: failure };
  const compensation = planCompensation({ run, contract, steps, failure, proposedSoFar }, context);
  return { outputs: [...outputs, ...compensation.outputs], ...(compensation.ended && { ended: compensation.ended }) };
};

const PAST_DEADLINE: RunFailure = { outcome: 'failed', reason: 'run.deadline: the time of the run was over before its last step' };
