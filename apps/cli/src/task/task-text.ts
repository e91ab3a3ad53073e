import { EXIT, exitCodeOf, type ExitCode } from '../exit-codes.js';
import { paint } from '../runs/paint.js';
import { oneLine } from '../terminal/safe-text.js';
import { operand, shortId } from '../terminal/short.js';
import type { View } from '../terminal/view.js';
import type { TaskName, TaskState } from './task-watch.js';

export interface TaskOutcome extends TaskName {
  readonly file: string;
  readonly tenant: string;
  readonly state: TaskState;
}

export const exitCodeOfTask = (state: TaskState): ExitCode => {
  switch (state.kind) {
    case 'sent':
    case 'under-way':
    case 'asking':
    case 'pending':
      return EXIT.pending;
    case 'refused':
    case 'not-yours':
      return EXIT.error;
    case 'finished':
      return exitCodeOf(state.outcome);
  }
};

/** `alone`: the only task, so that what to type next is worth a line also where all is well. */
const stateText = ({ state, run }: TaskOutcome, alone: boolean, { colors, command }: View): string => {
  switch (state.kind) {
    case 'sent':
      return `${colors.yellow('no answer yet')}\n    next: ${command(`why ${shortId(run)}`)}`;
    case 'under-way':
      return `${colors.cyan('running')}, ${oneLine(state.doing)}\n    next: ${command(`why ${shortId(run)}`)}`;
    case 'pending': {
      const reasons = state.reasons.map(({ rule, message }) => `\n    ${oneLine(rule)}: ${oneLine(message)}`).join('');
      return `${colors.cyan('waits for a person')}${reasons}\n    next: ${command(`approvals show ${operand(state.approval)}`)}\n          ${command(`approvals approve ${operand(state.approval)}`)}`;
    }
    case 'asking':
      return `${colors.cyan('waits for an answer')}\n    ${oneLine(state.message)}\n    next: ${command(`escalations show ${operand(state.escalation)}`)}`;
    case 'refused': {
      const faults = state.faults.map(({ pointer, message }) => `\n    ${oneLine(pointer)} ${oneLine(message)}`).join('');
      return `${colors.red('refused')}, ${oneLine(state.code)}: ${oneLine(state.message)}${faults}`;
    }
    case 'not-yours':
      return `${colors.red('not your run')}, it acts for ${oneLine(state.subject)}: approve nothing that it asks\n    next: ${command(`why ${shortId(run)}`)}`;
    case 'finished':
      return `${paint(state.outcome, colors)}${state.outcome === 'succeeded' ? '' : `, ${oneLine(state.reason)}`}${alone ? `\n    next: ${command(`runs show ${shortId(run)}`)}` : ''}`;
  }
};

/** What became of a task, for people. */
export const taskText = (outcome: TaskOutcome, alone: boolean, view: View): string => `${view.colors.bold(oneLine(outcome.id))}  ${shortId(outcome.run)}  ${stateText(outcome, alone, view)}`;

/** The same for programs. */
export const taskObject = ({ file, tenant, id, source, run, state }: TaskOutcome): object => ({ file, tenant, task: id, source, run, exitCode: exitCodeOfTask(state), state: state.kind, ...stateFields(state) });

const stateFields = (state: TaskState): object => {
  const { kind, ...rest } = state;
  return kind === 'under-way' ? {} : rest;
};
