import type { Event, RunOutcome } from '@countersign/contracts';
import { isAmong } from '@countersign/domain';
import type { Principal, RunId } from '@countersign/kernel';

/** Where a task that was handed in has got to. */
export type TaskState =
  | { readonly kind: 'sent' }
  | { readonly kind: 'under-way'; readonly doing: string }
  /** People are asked what the run cannot settle. */
  | { readonly kind: 'asking'; readonly escalation: string; readonly message: string }
  | { readonly kind: 'pending'; readonly approval: string; readonly reasons: readonly { readonly rule: string; readonly message: string }[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly faults: readonly { readonly pointer: string; readonly message: string }[] }
  /** The person who signed the task is somebody else. */
  | { readonly kind: 'not-yours'; readonly subject: string }
  | { readonly kind: 'finished'; readonly outcome: RunOutcome; readonly reason: string };

/** Which task: what its answers name. */
export interface TaskName {
  readonly id: string;
  readonly source: string;
  readonly run: RunId;
  /** Who has signed it: the run has to act for them. */
  readonly signer?: Principal;
}

/** Nothing more is waited for. */
export const isSettled = (state: TaskState): boolean => state.kind === 'pending' || state.kind === 'asking' || isOver(state);

/** It has come to its end. */
export const isOver = ({ kind }: TaskState): boolean => kind === 'finished' || kind === 'refused' || kind === 'not-yours';

/** Nothing where the run acts for whoever has signed the task, or nobody has. */
export const notYours = (subject: string | undefined, { signer }: Pick<TaskName, 'signer'>): TaskState | undefined =>
  signer === undefined || subject === undefined || subject === signer ? undefined : { kind: 'not-yours', subject };

/** A refusal belongs to no run; any other answer names the run, and another workflow may know another task by the same name. */
const isAnswerTo = (task: TaskName, { data, run }: Event<(typeof ANSWERS)[number]>): boolean =>
  data.task === task.id && data.source === task.source && (run === undefined || run === task.run);

const doing = (text: string): TaskState => ({ kind: 'under-way', doing: text });

/** What an event says about a task; the state before where it says nothing. An end stays an end. */
export const evolveTask = (state: TaskState, event: Event, task: TaskName): TaskState => {
  if (isOver(state)) return state;
  if (isAmong(event, ANSWERS)) return isAnswerTo(task, event) ? ofAnswer(state, event) : state;
  if (event.run !== task.run) return state;
  const strange = notYours(actsFor(event), task);
  if (strange) return strange;
  if (state.kind === 'asking') return isAmong(event, ENDS_OF_QUESTION) && event.data.escalation === state.escalation ? doing('people have answered') : state;
  if (state.kind !== 'pending') return isAmong(event, PROGRESS) ? ofRun(event) : state;
  return isAmong(event, ENDS_OF_ASKING) && event.data.approval === state.approval ? doing('people have answered') : state;
};

const actsFor = (event: Event): string | undefined => {
  if (event.type === 'countersign.run.started') return event.data.subject;
  return event.type === 'countersign.action.allowed' || event.type === 'countersign.approval.requested' ? event.data.sub : undefined;
};

const ANSWERS = ['countersign.task.refused', 'countersign.task.finished', 'countersign.task.accepted'] as const;
/** While people are asked, only the end of that is of interest. */
const ENDS_OF_ASKING = ['countersign.approval.granted', 'countersign.approval.rejected', 'countersign.approval.expired'] as const;
const ENDS_OF_QUESTION = ['countersign.run.input-answered', 'countersign.run.input-expired'] as const;
/** What is worth a word. */
const PROGRESS = ['countersign.run.started', 'countersign.action.proposed', 'countersign.action.allowed', 'countersign.attempt.started', 'countersign.action.verified', 'countersign.approval.requested', 'countersign.run.input-requested'] as const;

const ofAnswer = (state: TaskState, event: Event<(typeof ANSWERS)[number]>): TaskState => {
  switch (event.type) {
    case 'countersign.task.refused':
      return { kind: 'refused', code: event.data.code, message: event.data.message, faults: event.data.faults };
    case 'countersign.task.finished':
      return { kind: 'finished', outcome: event.data.outcome, reason: event.data.reason };
    case 'countersign.task.accepted':
      return state.kind === 'sent' ? doing('accepted') : state;
  }
};

const ofRun = (event: Event<(typeof PROGRESS)[number]>): TaskState => {
  switch (event.type) {
    case 'countersign.run.started':
      return doing('planning');
    case 'countersign.action.proposed':
      return doing(`${event.data.action.tool} is being decided`);
    case 'countersign.action.allowed':
      return doing(`${event.data.action.tool} is allowed`);
    case 'countersign.attempt.started':
      return doing(`${event.step ?? 'a step'} is being executed`);
    case 'countersign.action.verified':
      return doing(`${event.step ?? 'a step'} is verified`);
    case 'countersign.run.input-requested':
      return { kind: 'asking', escalation: event.data.escalation, message: event.data.message };
    case 'countersign.approval.requested':
      return { kind: 'pending', approval: event.data.approval, reasons: event.data.reasons };
  }
};
