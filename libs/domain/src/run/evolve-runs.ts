import type { Cause, Event } from '@countersign/contracts';
import { parseTimestamp, type Instant, type MicroUsd, type RunId } from '@countersign/kernel';
import { DeadlineQueue } from '../deadline-queue.js';
import { isAmong } from '../event-type.js';
import { RUN_GRACE } from './constants.js';
import { nextStage } from '../approval/next-stage.js';
import { openQuestion } from './question.js';
import { failureOf, rejectedStep } from './rejection.js';
import { settleQuestion } from './settle-question.js';
import { isUnderWay, stepEnded, underWay, type PlannerState, type RunState } from './run-state.js';
import { isUntouched, undoStepOf } from '../undo/undo.js';
import { UndoMemory } from '../undo/undo-memory.js';
import { TaskMemory } from './task-memory.js';

export const initialRuns = (): PlannerState => withDeadlines(new Map(), new TaskMemory(), new UndoMemory());

export const withDeadlines = (runs: PlannerState['runs'], seen: PlannerState['seen'], undoable: PlannerState['undoable']): PlannerState => {
  const deadlines = new DeadlineQueue((key, at) => {
    const run = runs.get(key as RunId);
    return run !== undefined && closesAt(run) === at;
  });
  for (const run of runs.values()) deadlines.push(run.run, closesAt(run), runs.size);
  return { runs, seen, deadlines, undoable };
};

const OF_OPEN_RUN = ['countersign.action.proposed', 'countersign.proposal.rejected', 'countersign.step.observed', 'countersign.run.input-requested', 'countersign.run.input-claimed', 'countersign.run.input-reminded', 'countersign.run.input-escalated', 'countersign.run.input-answered', 'countersign.run.input-expired', 'countersign.run.closed'] as const;

/** Folds one of the planner's own events in, in place. Total: an event of a run that is not open changes nothing. */
export const evolveRuns = (state: PlannerState, event: Event, cause: Cause): PlannerState => {
  if (event.type === 'countersign.run.started') {
    start(state, event, cause);
    return state;
  }
  const run = event.run && state.runs.get(event.run);
  if (!run || !isAmong(event, OF_OPEN_RUN)) return state;
  remember(run, event, cause);
  switch (event.type) {
    case 'countersign.action.proposed': {
      run.steps.set(event.data.action.step, underWay(event.data));
      return state;
    }
    case 'countersign.proposal.rejected': {
      if (event.step) run.steps.set(event.step, rejectedStep(event.data));
      run.failure ??= failureOf(event.data, event.step);
      return state;
    }
    case 'countersign.step.observed': {
      const { outcome, reason, sideEffect, usedMicroUsd } = event.data;
      if (event.step) run.steps.set(event.step, stepEnded(event.data));
      if (sideEffect) run.sideEffects.push(sideEffect);
      if (outcome !== 'succeeded' && outcome !== 'skipped') run.failure ??= { outcome, reason: reason ?? outcome, ...(event.step && { step: event.step }) };
      run.used = (run.used + usedMicroUsd) as MicroUsd;
      return state;
    }
    case 'countersign.run.input-requested':
      run.question = openQuestion(event, cause);
      return waitAnew(state, run);
    // It is for people to see, and keeps nobody from anything.
    case 'countersign.run.input-claimed':
      return state;
    case 'countersign.run.input-reminded':
      if (run.question) run.question.reminded = true;
      return waitAnew(state, run);
    case 'countersign.run.input-escalated':
      // A reminder that was missed meanwhile is not made up for.
      if (run.question) Object.assign(run.question, { reminded: true, escalated: true });
      return waitAnew(state, run);
    case 'countersign.run.input-answered':
    case 'countersign.run.input-expired':
      if (run.question) settleQuestion(run, run.question, 'choice' in event.data ? event.data : 'expired');
      return waitAnew(state, run);
    case 'countersign.run.closed':
      state.runs.delete(run.run);
      rememberUndoable(state, run, event);
      return state;
  }
};

/** What comes next by itself has changed. */
const waitAnew = (state: PlannerState, run: RunState): PlannerState => {
  state.deadlines.push(run.run, closesAt(run), state.runs.size);
  return state;
};

const start = (state: PlannerState, event: Event<'countersign.run.started'>, cause: Cause): void => {
  const { tenant, workflow, run: id, data } = event;
  const at = parseTimestamp(event.time);
  const deadline = parseTimestamp(data.deadline);
  if (!tenant || !workflow || !id || at === undefined || deadline === undefined) return;
  const { task, source, contract, playbook, agent, subject, input, undoes } = data;
  const undoable = undoes && state.undoable.take(undoes);
  const about = { run: id, tenant, workflow, task, source, contract, ...(playbook && { playbook }), agent, subject, input, ...(undoes && { undoes: { run: undoes.run, step: undoes.step, ...(undoable && { undoable }) } }), deadline };
  const run: RunState = { ...about, steps: new Map(), sideEffects: [], given: {}, cleared: new Set(), ids: new Set(), used: 0 as MicroUsd, newest: cause };
  remember(run, event, cause);
  state.runs.set(id, run);
  state.deadlines.push(id, closesAt(run), state.runs.size);
  state.seen.add(id, at);
};

/** What a run did and did not undo itself; and what an undoing left as it was can be ordered again. */
const rememberUndoable = (state: PlannerState, { run, steps, undoes }: RunState, event: Event<'countersign.run.closed'>): void => {
  const now = parseTimestamp(event.time) ?? (0 as Instant);
  if (undoes?.undoable && isUntouched(event.data.outcome)) state.undoable.add(undoes, undoes.undoable, now);
  for (const [step, known] of steps) {
    if (isUnderWay(known) || !known.undo?.until || steps.has(undoStepOf(step))) continue;
    const { tool, args, until } = known.undo;
    state.undoable.add({ run, step }, { tool, args, until: parseTimestamp(until) ?? now }, now);
  }
};

const remember = (run: RunState, event: Event, cause: Cause): void => {
  run.newest = cause;
  run.ids.add(event.id);
  for (const text of event.causes.split(' ')) {
    const id = text.slice(0, text.indexOf('@'));
    if (id !== '') run.ids.add(id);
  }
};

/** When something comes by itself: of an open question its next stage, else the end of the run. */
const closesAt = ({ deadline, question }: Pick<RunState, 'deadline' | 'question'>): Instant => (question ? nextStage(question).at : ((deadline + RUN_GRACE) as Instant));
