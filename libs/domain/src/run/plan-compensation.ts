import type { StepOutcome } from '@countersign/contracts';
import type { StepId } from '@countersign/kernel';
import type { PlaybookStep } from '../config/playbook.js';
import { undoing, undoneStep, undoStepOf } from '../undo/undo.js';
import type { PlanContext } from './plan-context.js';
import type { RunEnd } from './plan-steps.js';
import type { Output } from '../output.js';
import { proposalOutput, proposeStep, type StepToPropose } from './propose-step.js';
import type { RunFailure, StepEnded, StepState } from './run-state.js';

/**
 * Where a step ended like this, what it did is not known, or people have stopped the run: nothing is undone on a guess, nor against their word.
 */
const FOR_PEOPLE: ReadonlySet<StepOutcome> = new Set(['unknown', 'unverified', 'stopped']);

interface Failed extends Pick<StepToPropose, 'run' | 'contract' | 'steps' | 'proposedSoFar'> {
  readonly failure: RunFailure;
}

interface Compensation {
  readonly outputs: readonly Output[];
  readonly ended?: RunEnd;
  /** The undoing that did not succeed. */
  readonly stoppedAt?: StepId;
}

/**
 * What a run that has failed does about what it has done: undoes it, newest first, one at a time, so that each rests on the end of the one
 * before. What nothing undoes is passed over; an undoing that does not succeed ends it, and what stands then is said. Nothing is under way.
 */
export const planCompensation = ({ run, contract, steps, failure, proposedSoFar }: Failed, context: PlanContext): Compensation => {
  const done = doneSteps(steps);
  const ended = [...steps].flatMap(([id, step]) => (step.status === 'ended' ? [[id, step] as const] : []));
  if (done.length === 0) return { outputs: [], ended: failure };
  // Where a person has looked and said to stop, it is no guess.
  if (ended.some(([id, { outcome, settled }]) => undoneStep(id) === undefined && FOR_PEOPLE.has(outcome) && settled !== 'stopped')) return { outputs: [], ended: failure };

  const undone: StepId[] = [];
  const stands: string[] = [];
  for (const [id, { undo }] of done) {
    const own = undoStepOf(id);
    const known = steps.get(own);
    if (known?.status === 'ended') {
      if (known.outcome !== 'succeeded') return { outputs: [], ended: stopped(failure, undone, own, known), stoppedAt: own };
      undone.push(id);
    } else if (!undo) {
      stands.push(`\`${id}\``);
    } else if (context.now >= run.deadline) {
      return { outputs: [], ended: { outcome: failure.outcome, reason: `${failure.reason}${told(undone)}; the time of the run was over before \`${own}\`` } };
    } else {
      return propose({ run, contract, steps, failure, proposedSoFar }, undoing(id, undo), id, undone, context);
    }
  }
  if (stands.length > 0) return { outputs: [], ended: { outcome: failure.outcome, reason: `${failure.reason}${told(undone)}; nothing undoes ${stands.join(', ')}` } };
  // What is not as it should be, or not known, stands.
  return { outputs: [], ended: { outcome: FOR_PEOPLE.has(failure.outcome) ? failure.outcome : 'compensated', reason: `${failure.reason}${told(undone)}` } };
};

/** Writes that were done and are no undoing themselves, newest first. */
const doneSteps = (steps: ReadonlyMap<StepId, StepState>): readonly (readonly [StepId, StepEnded])[] =>
  [...steps].flatMap(([id, step]) => (step.status === 'ended' && step.outcome === 'succeeded' && step.wrote && undoneStep(id) === undefined ? [[id, step] as const] : [])).toReversed();

const propose = ({ failure, ...given }: Failed, step: PlaybookStep, undoes: StepId, undone: readonly StepId[], context: PlanContext): Compensation => {
  const { tenant, workflow, run } = given.run;
  const proposal = proposeStep({ ...given, step, after: new Set([undoes]) }, context);
  const outputs = [proposalOutput({ tenant, workflow, run }, step.id, proposal)];
  if ('proposed' in proposal) return { outputs };
  return { outputs, ended: { outcome: failure.outcome, reason: `${failure.reason}${told(undone)}; \`${step.id}\` could not be proposed: ${proposal.rejected.message}` } };
};

/** Where nobody knows what an undoing did, nobody knows what the run has come to. */
const stopped = (failure: RunFailure, undone: readonly StepId[], step: StepId, { outcome, reason = outcome }: StepEnded): RunFailure => ({
  outcome: outcome === 'unknown' || outcome === 'unverified' ? outcome : failure.outcome,
  reason: `${failure.reason}${told(undone)}; \`${step}\` did not succeed: ${reason}`,
});

const told = (undone: readonly StepId[]): string => (undone.length === 0 ? '' : `; undone: ${undone.map((id) => `\`${id}\``).join(', ')}`);
