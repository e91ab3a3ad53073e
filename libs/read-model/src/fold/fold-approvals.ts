import type { Event } from '@countersign/contracts';
import type { ApprovalRow, Place } from '../tables.js';
import { timeOf, type Patch } from './patch.js';

/** From `approvals`. `at` is Kafka's timestamp, milliseconds. */
export const approvalRequested = (event: Event<'countersign.approval.requested'>, at: number, place: Place): readonly Patch[] => {
  const { approval, action, actionHash, tier, quorum, roles, confirmation = false, deadline, sub, act } = event.data;
  const row = {
    id: approval,
    tenant: action.tenant,
    workflow: action.workflow,
    run: action.run,
    step: action.step,
    tool: action.tool,
    sub,
    act,
    tier,
    quorum,
    roles,
    confirmation,
    action_hash: actionHash,
    deadline: timeOf(deadline, at),
    requested_at: timeOf(event.time, at),
    requested_partition: place.partition,
    requested_offset: place.offset,
  };
  return [{ table: 'approvals', row }];
};

/** From `approvals`. */
export const voteCast = (event: Event<'countersign.approval.vote-cast'>, at: number): readonly Patch[] => {
  const { approval, voter, choice } = event.data;
  return [{ table: 'votes', row: { approval, voter, choice, cast_at: timeOf(event.time, at) } }];
};

type Verdict = NonNullable<ApprovalRow['verdict']>;

/** From `approvals`. */
export const approvalDecided = (event: Event<`countersign.approval.${Verdict}`>, at: number): readonly Patch[] => {
  const row = { id: event.data.approval, decided_at: timeOf(event.time, at) };
  switch (event.type) {
    case 'countersign.approval.granted':
      return [{ table: 'approvals', row: { ...row, verdict: 'granted' } }];
    case 'countersign.approval.rejected':
      return [{ table: 'approvals', row: { ...row, verdict: 'rejected', decided_by: event.data.by, reason: event.data.reason } }];
    case 'countersign.approval.expired':
      return [{ table: 'approvals', row: { ...row, verdict: 'expired' } }];
  }
};
