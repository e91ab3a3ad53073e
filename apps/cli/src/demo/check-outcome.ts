import type { TaskState } from '../task/task-watch.js';
import type { Expected } from './examples.js';

/** Why an outcome is not the expected one; `undefined` where it is. `first` is what became of the task that a duplicate repeats. */
export const outcomeFault = (expected: Expected, state: TaskState, first?: TaskState): string | undefined => {
  switch (expected.outcome) {
    case 'succeeded':
    case 'denied':
    case 'stopped':
      return finishedAs(expected.outcome, state, expected.rule);
    case 'failed':
      return finishedAs('failed', state, expected.toolError && `http.${expected.toolError.status}`);
    case 'refused':
      if (expected.at === 'arguments') return finishedAs('invalid', state, 'args.invalid');
      return state.kind === 'refused' ? undefined : `was to be refused at the door, and is ${nameOf(state)}`;
    case 'waits-for-approval':
      if (state.kind !== 'pending') return `was to wait for a person, and is ${nameOf(state)}`;
      return state.reasons.some(({ rule }) => rule === expected.rule) ? undefined : `waits for another reason than \`${expected.rule ?? ''}\``;
    case 'duplicate':
      return first && nameOf(state) === nameOf(first) ? undefined : 'is not answered like the first one';
  }
};

/** `succeeded`, `refused`, `pending`, ... */
export const nameOf = (state: TaskState): string => (state.kind === 'finished' ? state.outcome : state.kind);

const finishedAs = (outcome: string, state: TaskState, reason: string | undefined): string | undefined => {
  if (nameOf(state) !== outcome) return `was to be ${outcome}, and is ${nameOf(state)}`;
  return reason === undefined || (state.kind === 'finished' && state.reason.includes(reason)) ? undefined : `is ${outcome} for another reason than \`${reason}\``;
};
