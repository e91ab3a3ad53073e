import type { Reason } from '@countersign/contracts';
import { exhaustive } from '@countersign/kernel';
import { hasEnded, isDecidedAnew, isExecutionCurrent } from './action-status.js';
import { runSummary } from './run-rows.js';
import type { ActionRow, RunRow } from './tables.js';
import { rolesAsked, votersOn, type Voter } from './voters.js';
import { answerersOf, rolesOf } from './escalation-queries.js';
import type { FoundRun } from './run-queries.js';
import type { ApprovalSummary, EscalationSummary, Expiry, Wait, Why } from './views.js';

type Found = Omit<FoundRun, 'events'>;

/** A wait and what ends it by itself. */
interface Waiting {
  readonly wait: Wait;
  readonly expiry?: Expiry;
}

// oxlint-disable-next-line unicorn/no-thenable -- a text, as the answer calls it
const expiry = (what: Expiry['what'], at: string | null, then: string): { readonly expiry?: Expiry } => (at === null ? {} : { expiry: { what, at, then } });

const waitFor = (whom: Wait['for'], message: string, since: string | null, ends: { readonly expiry?: Expiry } = {}): Waiting => ({
  wait: { for: whom, message, since: since ?? '', ...(ends.expiry ? { until: ends.expiry.at } : {}) },
  ...ends,
});

const whomAndWhat = ({ confirmation }: ApprovalSummary, roles: readonly string[]): string => {
  if (confirmation) return 'whom the run acts for to confirm that it goes on';
  return `${roles.length === 0 ? 'an approver' : `somebody of ${roles.join(' or ')}`} to approve`;
};

const waitsForPeople = (approval: ApprovalSummary, voters: readonly Voter[]): Waiting => {
  const roles = rolesAsked(approval);
  const { wait, ...ends } = waitFor('people', whomAndWhat(approval, roles), approval.requestedAt, expiry('approval', approval.deadline, 'the approval expires and the action is not done'));
  const votes = approval.votes.filter(({ choice }) => choice === 'approve').length;
  const people = votersOn(approval, voters);
  return { wait: { ...wait, approval: approval.id, roles, ...(approval.confirmation && { confirmation: true }), quorum: approval.quorum, votes, people }, ...ends };
};

const waitsAsked = (row: ActionRow, approval: ApprovalSummary | undefined, voters: readonly Voter[]): Waiting => {
  if (approval === undefined) return waitFor('approvals', 'people to be asked', row.decided_at);
  if (approval.status === 'pending') return waitsForPeople(approval, voters);
  return waitFor('policy', `policy to take up that the approval is ${approval.status}`, approval.decidedAt ?? null);
};

const waitsExecuting = (row: ActionRow): Waiting => {
  const since = row.executed_at;
  switch (row.execution) {
    case 'running':
      return waitFor('outside', 'the answer of the tool', since, expiry('attempt', row.attempt_deadline, 'the call is given up'));
    case 'succeeded':
      return waitFor('executor', 'the executor to read the effect back', since);
    case 'failed':
      return waitFor('executor', 'the executor to call the tool again', since);
    case 'unknown':
      return waitFor('executor', 'the executor to find out whether the effect is there', since);
    case 'refused':
      return waitFor('policy', `policy to decide again, since the grant ${row.execution_code === 'expired' ? 'expired' : row.execution_code === 'mode' ? 'is held by a mode' : 'could not be used'}`, since);
    case 'verified':
    case 'diverged':
    case null:
      return waitFor('planner', 'the planner to go on', since);
    default:
      return exhaustive(row.execution);
  }
};

const waitsDeferred = (row: ActionRow): Waiting => {
  const [reason] = JSON.parse(row.decision_reasons ?? '[]') as readonly Reason[];
  if (reason?.code === 'deferred.stop') return waitFor('people', `an operator to resume: ${reason.message}`, row.decided_at);
  if (reason?.code === 'deferred.tool') return waitFor('policy', `policy to decide again: ${reason.message}`, row.decided_at);
  return waitFor('executor', 'the outcome of an earlier action of the run', row.decided_at);
};

const waitsDecided = (row: ActionRow, approval: ApprovalSummary | undefined, voters: readonly Voter[]): Waiting => {
  if (row.decision === 'asked') return waitsAsked(row, approval, voters);
  if (row.decision === 'allowed') return waitFor('executor', 'the executor to begin', row.decided_at, expiry('grant', row.grant_expires_at, 'the grant expires and policy decides again'));
  if (row.decision === 'deferred') return waitsDeferred(row);
  return waitFor('policy', 'a decision of policy', row.proposed_at);
};

/** What one action waits for; nothing where the planner has seen its end. */
const actionWaits = (row: ActionRow, approval: ApprovalSummary | undefined, voters: readonly Voter[]): readonly Waiting[] => {
  if (row.observed !== null && row.observed !== '') return [];
  const isExecuting = isExecutionCurrent(row);
  const found = hasEnded(row)
    ? waitFor('planner', 'the planner to take up how the action ended', isExecuting ? row.executed_at : (row.decided_at ?? row.proposed_at))
    : isExecuting || isDecidedAnew(row)
      ? waitsExecuting(row)
      : waitsDecided(row, approval, voters);
  return [{ ...found, wait: { ...found.wait, step: row.step, ...(row.tool === null ? {} : { tool: row.tool }) } }];
};

/** A person has to say something before the run goes on. */
const waitsForAnswer = (question: EscalationSummary, { subject }: RunRow, voters: readonly Voter[]): Waiting => {
  const roles = rolesOf(question);
  const { wait, ...ends } = waitFor('people', `somebody of ${roles.join(' or ')} to answer: ${question.message}`, question.askedAt, expiry('escalation', question.deadline, `the run ends as ${question.otherwise}`));
  return { wait: { ...wait, step: question.step, ...(question.tool !== undefined && { tool: question.tool }), escalation: question.id, roles, people: answerersOf(question, subject, voters) }, ...ends };
};

const runWaits = ({ run, actions, approvals, escalations }: Found, voters: readonly Voter[]): readonly Waiting[] => {
  if (run.closed_at !== null) return [];
  if (run.opened_at === null) return [waitFor('planner', 'the planner to take the task up', run.submitted_at)];
  const question = escalations.find(({ status }) => status === 'open');
  if (question) return [waitsForAnswer(question, run, voters)];
  const waits = actions.flatMap((row) => actionWaits(row, approvals.find(({ id }) => id === row.approval), voters));
  if (waits.length > 0) return waits;
  const seen = actions.flatMap(({ observed_at }) => observed_at ?? []);
  const since = [run.opened_at, ...seen].reduce((a, b) => (a > b ? a : b));
  return [waitFor('planner', 'the planner to propose the next step or close the run', since)];
};

/** Why a run does not go on: for what it waits, since when, who can unblock it, what comes by itself next. */
export const whyOf = (about: Found, voters: readonly Voter[]): Why => {
  const { run, actions, approvals, escalations } = about;
  const waits = runWaits(about, voters);
  const ofRun = expiry('run', run.closed_at === null ? run.deadline : null, 'the run is closed as failed');
  const [next] = [...waits, ofRun].flatMap(({ expiry: found }) => found ?? []).toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return { run: runSummary(run, actions, approvals, escalations), waits: waits.map(({ wait }) => wait), ...(next ? { expiresNext: next } : {}) };
};
