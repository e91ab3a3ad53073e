import { exhaustive } from '@countersign/kernel';
import { isExecutionCurrent } from './action-status.js';
import type { ActionRow, RunRow } from './tables.js';
import type { ApprovalView, Waiting, Why } from './views.js';

/** A person who may vote. */
export interface Voter {
  readonly subject: string;
  readonly roles: readonly string[];
}

const waiting = (what: Pick<Waiting, 'for' | 'message' | 'since'> & Partial<Waiting>): Waiting => ({ step: null, approval: null, roles: [], people: [], expires: null, ...what });

const of = (count: number, one: string, many: string): string => (count === 1 ? one : `${count} ${many}`);

/** Neither whom the run acts for nor its agent may vote, and nobody twice. */
const canVote = (voter: Voter, approval: ApprovalView): boolean =>
  (approval.roles.length === 0 || approval.roles.some((role) => voter.roles.includes(role))) &&
  voter.subject !== approval.request?.sub &&
  voter.subject !== approval.request?.act &&
  !approval.votes.some((vote) => vote.voter === voter.subject);

const waitsForPeople = (approval: ApprovalView, voters: readonly Voter[]): Waiting => {
  const missing = Math.max(1, approval.quorum - approval.votes.filter(({ choice }) => choice === 'approve').length);
  const whom = approval.roles.length === 0 ? of(missing, 'an approver', 'approvers') : `${of(missing, 'one', 'people')} of ${approval.roles.join(', ')}`;
  return waiting({
    for: 'people',
    message: `${whom} to approve`,
    since: approval.requestedAt,
    approval: approval.approval,
    roles: approval.roles,
    people: voters.filter((voter) => canVote(voter, approval)).map(({ subject }) => subject),
    expires: { at: approval.deadline, means: 'the approval expires and the action is not done' },
  });
};

const waitsAsked = (row: ActionRow, approval: ApprovalView | undefined, voters: readonly Voter[]): Waiting => {
  if (approval === undefined) return waiting({ for: 'approvals', message: 'approvals to ask people', since: row.decided_at, approval: row.approval });
  if (approval.status === 'open') return waitsForPeople(approval, voters);
  return waiting({ for: 'policy', message: `policy to take up that the approval is ${approval.status}`, since: approval.decidedAt, approval: approval.approval });
};

const planner = (message: string, since: string | null): Waiting => waiting({ for: 'planner', message: `the planner to ${message}`, since });

const waitsExecuting = (row: ActionRow): Waiting => {
  const since = row.executed_at;
  const tool = row.tool ?? 'the tool';
  switch (row.execution) {
    case 'running':
      return waiting({
        for: 'tool',
        message: `an answer of ${tool}`,
        since,
        expires: row.attempt_deadline === null ? null : { at: row.attempt_deadline, means: 'the call is given up' },
      });
    case 'succeeded':
      return waiting({ for: 'executor', message: 'the executor to read the effect back', since });
    case 'failed':
      return waiting({ for: 'executor', message: `the executor to call ${tool} again`, since });
    case 'unknown':
      return waiting({ for: 'executor', message: 'the executor to find out whether the effect is there', since });
    case 'refused':
    case 'verified':
    case 'diverged':
    case null:
      return planner('go on', since);
    default:
      return exhaustive(row.execution);
  }
};

/** A grant that ran out before it was used is no end: policy decides again. */
const isGrantExpired = (row: ActionRow): boolean => row.execution === 'refused' && row.execution_code === 'expired';

/** What one action waits for; `undefined` where the planner has seen its end. */
const actionWaits = (row: ActionRow, approval: ApprovalView | undefined, voters: readonly Voter[]): Waiting | undefined => {
  if (row.observed !== null) return undefined;
  if (isExecutionCurrent(row)) {
    if (isGrantExpired(row)) return waiting({ for: 'policy', message: 'policy to decide again, since the grant expired', since: row.executed_at });
    return row.execution_ended ? planner('take up how the action ended', row.executed_at) : waitsExecuting(row);
  }
  switch (row.decision) {
    case 'asked':
      return waitsAsked(row, approval, voters);
    case 'allowed':
      return waiting({
        for: 'executor',
        message: 'the executor to begin',
        since: row.decided_at,
        expires: row.grant_expires_at === null ? null : { at: row.grant_expires_at, means: 'the grant expires and policy decides again' },
      });
    case 'denied':
    case 'expired':
    case 'disapproved':
      return planner('close the run', row.decided_at);
    case null:
      return row.proposal === 'invalid' ? planner('close the run', row.proposed_at) : waiting({ for: 'policy', message: 'a decision of policy', since: row.proposed_at });
    default:
      return exhaustive(row.decision);
  }
};

/** All that a run waits for; empty for a closed one. */
export const runWaits = (run: RunRow, actions: readonly ActionRow[], approvals: readonly ApprovalView[], voters: readonly Voter[]): readonly Waiting[] => {
  if (run.closed_at !== null) return [];
  if (run.opened_at === null) return [planner('take the task up', run.submitted_at)];
  const waits = actions.flatMap((row): Waiting[] => {
    const found = actionWaits(row, approvals.find(({ approval }) => approval === row.approval), voters);
    return found ? [{ ...found, step: row.step }] : [];
  });
  if (waits.length > 0) return waits;
  const last = actions.reduce<string | null>((newest, { observed_at }) => (observed_at !== null && (newest === null || observed_at > newest) ? observed_at : newest), run.opened_at);
  return [planner('propose the next step or close the run', last)];
};

/** Why a run does not go on: for what it waits, since when, who can unblock it, what comes by itself next. */
export const whyOf = (run: RunRow, actions: readonly ActionRow[], approvals: readonly ApprovalView[], voters: readonly Voter[]): Why => {
  const waits = runWaits(run, actions, approvals, voters);
  const ends = waits.flatMap(({ step, expires }) => (expires ? [{ step, ...expires }] : []));
  if (run.closed_at === null && run.deadline !== null) ends.push({ step: null, at: run.deadline, means: 'the run is closed as failed' });
  const [next] = ends.sort((a, b) => (a.at < b.at ? -1 : 1));
  return { run: run.id, status: run.closed_at === null ? 'open' : 'closed', outcome: run.outcome, reason: run.reason, waiting: waits, next: next ?? null };
};
