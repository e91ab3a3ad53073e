import type { Playbook, PlaybookStep } from '../config/playbook.js';
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
import { questionAbout, type Question } from './question.js';
import { failureOf, rejectedStep } from './rejection.js';
import { isUnderWay, underWay, type RunFailure, type RunState, type StepState } from './run-state.js';

export interface Plan {
  readonly outputs: readonly Output[];
  /** What the run has come to; absent while a step is under way, and where a person is asked first. */
  readonly ended?: RunEnd;
  readonly asks?: Question;
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
    if (context.now >= run.deadline) failure ??= PAST_DEADLINE;
    if (failure || room <= 0) break;
    const after = dependenciesOf(playbook, index, effectOf);
    if ([...after].some((id) => steps.get(id)?.status !== 'ended')) continue;
    const sources = { input: run.input, steps, given: run.given };
    if (step.when && !holds(step.when, sources)) {
      steps.set(step.id, { status: 'ended', outcome: 'skipped' });
      outputs.push({ type: 'countersign.step.observed', ...place, step: step.id, data: { outcome: 'skipped', usedMicroUsd: 0 as MicroUsd } });
      continue;
    }
    if (step.ask && !run.cleared.has(step.id) && (!step.ask.when || holds(step.ask.when, sources))) {
      // Nothing is written of it before it is asked: whatever ends meanwhile, it is found again.
      const held = heldStep(step.ask);
      failure = { outcome: held.outcome, reason: held.reason, step: step.id };
      steps.set(step.id, held);
      break;
    }
    const proposal = proposeStep({ run, contract, step, after, steps, proposedSoFar }, context);
    outputs.push(proposalOutput(place, step.id, proposal));
    if ('rejected' in proposal) {
      failure = failureOf(proposal.rejected, step.id);
      steps.set(step.id, rejectedStep(proposal.rejected));
      continue;
    }
    steps.set(step.id, underWay(proposal.proposed));
    proposedSoFar += 1;
    room -= proposal.bytes;
  }
  if ([...steps.values()].some(isUnderWay)) return { outputs };
  if (!failure) return { outputs, ended: { outcome: 'succeeded', reason: 'every step is done' } };
  const about = (step: StepId | undefined): Question | undefined => {
    const question = step && questionAbout(run, step, steps.get(step), contract, context);
    const tool = question && playbook.steps.find(({ id }) => id === step)?.tool;
    return question && { ...question, ...(tool !== undefined && { tool }) };
  };
  // Before anything is undone: the answer may be that the run goes on.
  const asks = about(failure.step);
  if (asks) return { outputs, asks };
  if (playbook.onFailure !== 'compensate') return { outputs, ended: failure };
  const { stoppedAt, ...compensation } = planCompensation({ run, contract, steps, failure, proposedSoFar }, context);
  const asksOfUndoing = about(stoppedAt);
  if (asksOfUndoing) return { outputs, asks: asksOfUndoing };
  return { outputs: [...outputs, ...compensation.outputs], ...(compensation.ended && { ended: compensation.ended }) };
};

/** A step before which a person is asked, as it stands where nobody says anything. */
const heldStep = ({ question }: NonNullable<PlaybookStep['ask']>) => ({ status: 'ended', outcome: 'expired', reason: `confidence.low: ${question}`, asks: 'confidence.low' }) as const;

const PAST_DEADLINE: RunFailure = { outcome: 'failed', reason: 'run.deadline: the time of the run was over before its last step' };
