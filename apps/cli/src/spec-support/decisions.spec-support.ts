import { newEvent, type Event } from '@countersign/contracts';
import { consider, decideAction, type DecisionState } from '@countersign/domain';
import { requestOf } from '@countersign/evaluation';
import type { Instant } from '@countersign/kernel';
import { CedarEngine, NO_APPROVALS, type PreparedPolicy } from '@countersign/policy-engines';
import { writtenArgumentFaults, periodsOf } from '@countersign/tools';
import type { Call } from '../policy/call.js';
import type { DecisionEvent } from '../policy/log/walk-decisions.js';
import { folderBook, type RuleBook } from '../policy/rule-book.js';
import { stage } from '../policy/scenario.js';
import { contextIn } from './context.spec-support.js';

export type Proposal = Event<'countersign.action.proposed'>;

/** A folder of files, loaded into an engine. */
export interface LoadedBook {
  readonly book: RuleBook;
  readonly policy: PreparedPolicy;
}

export const loadBook = (folder: string, name: string): LoadedBook => {
  const book = folderBook(contextIn(folder).context, name);
  return { book, policy: new CedarEngine().prepare(book.set) };
};

/** What policy writes about a call, by its own functions, and what it knew before. */
export interface MadeDecision {
  readonly event: DecisionEvent;
  readonly state: DecisionState;
}

export const decisionOn = ({ book: { controls }, policy }: LoadedBook, call: Call, change: (proposal: Proposal) => Proposal = (proposal) => proposal): MadeDecision => {
  const staged = stage(call, controls);
  if ('faults' in staged) throw new Error(JSON.stringify(staged.faults));
  const { state, now } = staged.scenario;
  const proposal = change(staged.scenario.proposal);
  const context = { now, controls, argumentFaults: writtenArgumentFaults, periodsOf };
  const considered = consider(proposal, state, context);
  const verdict = considered?.question && policy.decide(requestOf(considered.question, { ...context, approvals: NO_APPROVALS }));
  const output = decideAction(proposal, considered, state, verdict ? { ...context, verdict } : context).at(-1);
  if (!output) throw new Error('nothing was decided');
  return { event: newEvent({ ...(output as Extract<typeof output, { readonly type: 'countersign.action.denied' }>), service: 'policy', now }), state };
};

/** The event by which policy came to know the run of a decision. */
export const openingOf = ({ event, state }: MadeDecision, now: Instant): Event<'countersign.context.opened'> => {
  const { tenant, workflow, run } = event.data.action;
  const context = state.contexts.get(run);
  if (!context) throw new Error('the run is not open');
  const { subject, contract, epoch: taskEpoch, words } = context;
  return newEvent({ service: 'policy', type: 'countersign.context.opened', tenant, workflow, run, now, data: { subject, contract, taskEpoch, deadline: new Date(context.deadline).toISOString(), words: [...words], facts: [], untrusted: false, sensitive: false } });
};
