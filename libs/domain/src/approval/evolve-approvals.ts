import type { Cause, Event } from '@countersign/contracts';
import { parseTimestamp } from '@countersign/kernel';
import { DeadlineQueue } from '../deadline-queue.js';
import { isAmong } from '../event-type.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';

export const initialApprovals = (): ApprovalState => withDeadlines(new Map());

const withDeadlines = (open: ApprovalState['open']): ApprovalState => {
  const deadlines = new DeadlineQueue((key, at) => open.get(key)?.deadline === at);
  for (const { approval, deadline } of open.values()) deadlines.push(approval, deadline, open.size);
  return { open, deadlines };
};

const OWN = [
  'countersign.approval.requested',
  'countersign.approval.vote-cast',
  'countersign.approval.granted',
  'countersign.approval.rejected',
  'countersign.approval.expired',
] as const;

/** Folds one of the service's own events in, in place. Total. */
export const evolveApprovals = (state: ApprovalState, event: Event, cause: Cause): ApprovalState => {
  if (!isAmong(event, OWN)) return state;
  switch (event.type) {
    case 'countersign.approval.requested': {
      const { tenant, workflow, run, step, data } = event;
      const deadline = parseTimestamp(data.deadline);
      if (tenant === undefined || workflow === undefined || run === undefined || step === undefined || deadline === undefined) return state;
      const { approval, actionHash, sub, act, quorum, roles, confirmation } = data;
      state.open.set(approval, { approval, tenant, workflow, run, step, actionHash, sub, act, quorum, roles, ...(confirmation && { confirmation }), deadline, votes: [], newest: cause });
      state.deadlines.push(approval, deadline, state.open.size);
      return state;
    }
    case 'countersign.approval.vote-cast': {
      const { approval, voter, choice, vote } = event.data;
      const open = state.open.get(approval);
      if (!open) return state;
      open.votes.push({ voter, choice, vote });
      open.newest = cause;
      return state;
    }
    case 'countersign.approval.granted':
    case 'countersign.approval.rejected':
    case 'countersign.approval.expired':
      state.open.delete(event.data.approval);
      return state;
  }
};

/** JSON form of the state, for snapshots. */
export interface FrozenApprovals {
  readonly open: readonly OpenApproval[];
}

export const freezeApprovals = (state: ApprovalState): FrozenApprovals => ({ open: [...state.open.values()].map((open) => ({ ...open, votes: [...open.votes] })) });

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawApprovals = (frozen: unknown): ApprovalState =>
  withDeadlines(new Map((frozen as FrozenApprovals).open.map((open) => [open.approval, { ...open, votes: [...open.votes] }])));
