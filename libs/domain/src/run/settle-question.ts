import type { PersonsAnswer } from '@countersign/contracts';
import { timestamp, type StepId } from '@countersign/kernel';
import { undoneStep } from '../undo/undo.js';
import type { OpenQuestion, RunFailure, RunState, StepEnded } from './run-state.js';

type Settled = Pick<RunState, 'steps' | 'sideEffects' | 'given' | 'cleared' | 'failure' | 'question'>;

/** What comes of a question: an answer, or nothing in time. */
export type End = Pick<PersonsAnswer, 'choice' | 'given' | 'by' | 'reason'> | 'expired';

/** A run that can be changed, for whoever only wants to know what would come of it. */
export const copyOfRun = <Run extends Settled>(run: Run): Run => ({ ...run, steps: new Map(run.steps), sideEffects: [...run.sideEffects], given: { ...run.given }, cleared: new Set(run.cleared) });

/**
 * Takes the answer in, in place, and lets the question go. What is to be done again is forgotten as a step, and proposed like one that was never
 * there; what a person has looked at is done; and what is stopped stands as it ended, with who stopped it. What comes next the plan says.
 */
export const settleQuestion = (run: Settled, question: OpenQuestion, end: End): void => {
  const { step, reason } = question;
  delete run.question;
  if (end === 'expired') {
    keep(run, question, { settled: 'expired', outcome: question.otherwise, reason: `${question.message}; nobody of \`${askedOf(question).join('` or `')}\` has said anything until ${timestamp(question.deadline)}` });
    return;
  }
  switch (end.choice) {
    case 'stop':
      // Whoever says no before anything was tried has disapproved of it.
      keep(run, question, { settled: 'stopped', outcome: reason === 'confidence.low' ? 'disapproved' : question.otherwise, reason: `${question.message}; stopped by \`${end.by}\`: ${end.reason}` });
      return;
    case 'answer':
    case 'resume':
    case 'not-done':
      if (reason === 'confidence.low') run.cleared.add(step);
      Object.assign(run.given, end.given);
      run.steps.delete(step);
      replaceEffect(run, step, () => []);
      break;
    case 'done':
    case 'accept': {
      const known = run.steps.get(step);
      const wrote = known?.status === 'ended' && known.wrote === true;
      run.steps.set(step, { status: 'ended', outcome: 'succeeded', ...(wrote && { wrote }) });
      replaceEffect(run, step, (effect) => [Object.assign({}, effect, { state: 'confirmed' as const })]);
      break;
    }
  }
  // What an undoing came to changes nothing about why the run failed.
  if (undoneStep(step) !== undefined) return;
  const failure = firstFailure(run);
  delete run.failure;
  if (failure) run.failure = failure;
};

/** Roles that may answer by now. */
export const askedOf = ({ role, escalateTo = [], escalated }: OpenQuestion): readonly string[] => [...new Set([role, ...(escalated ? escalateTo : [])])];

const keep = (run: Settled, { step }: OpenQuestion, { settled, outcome, reason }: { readonly settled: NonNullable<StepEnded['settled']>; readonly outcome: RunFailure['outcome']; readonly reason: string }): void => {
  const known = run.steps.get(step);
  run.steps.set(step, { ...(known?.status === 'ended' ? known : { status: 'ended' }), outcome, reason, settled });
  if (undoneStep(step) === undefined) run.failure = { outcome, reason, step };
};

const replaceEffect = (run: Settled, step: StepId, replace: (effect: RunState['sideEffects'][number]) => RunState['sideEffects']): void => {
  run.sideEffects.splice(0, run.sideEffects.length, ...run.sideEffects.flatMap((effect) => (effect.step === step ? replace(effect) : [effect])));
};

/** Of the steps that ended badly, the first that was proposed; an undoing is no reason. */
const firstFailure = ({ steps }: Settled): RunFailure | undefined => {
  for (const [step, known] of steps) {
    if (known.status !== 'ended' || known.outcome === 'succeeded' || known.outcome === 'skipped' || undoneStep(step) !== undefined) continue;
    return { outcome: known.outcome, reason: known.reason ?? known.outcome, step };
  }
  return undefined;
};
