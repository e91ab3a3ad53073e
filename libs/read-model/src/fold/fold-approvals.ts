import type { Event } from '@countersign/contracts';
import { canonicalJson } from '@countersign/kernel';
import type { ApprovalRow, Place } from '../tables.js';
import { timeOf, type Patch } from './patch.js';

/** From `approvals`. `at` is Kafka's timestamp, milliseconds. */
export const approvalRequested = (event: Event<'countersign.approval.requested'>, at: number, place: Place): readonly Patch[] => {
  const { approval, action, actionHash, reasons, tier, quorum, roles, confirmation = false, deadline, sub, act, authors, escalateTo, preview } = event.data;
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
    rules: [...new Set(reasons.map(({ rule }) => rule))],
    authors,
    ...(escalateTo && { escalate_to: escalateTo }),
    ...(preview && { preview: canonicalJson(preview) }),
  };
  return [{ table: 'approvals', row }];
};

/** From `approvals`. */
export const approvalPreviewed = ({ data }: Event<'countersign.approval.previewed'>): readonly Patch[] => [{ table: 'approvals', row: { id: data.approval, preview: canonicalJson(data.preview) } }];

/** From `approvals`. */
export const voteCast = (event: Event<'countersign.approval.vote-cast'>, at: number): readonly Patch[] => {
  const { approval, voter, choice, onBehalfOf = null, consent = null } = event.data;
  return [{ table: 'votes', row: { approval, voter, choice, cast_at: timeOf(event.time, at), on_behalf_of: onBehalfOf, consent } }];
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
    case 'countersign.approval.withdrawn':
      return [{ table: 'approvals', row: { ...row, verdict: 'withdrawn', reason: event.data.reason } }];
  }
};

/** From `approvals`. */
export const approvalEscalated = (event: Event<'countersign.approval.escalated'>, at: number): readonly Patch[] => [{ table: 'approvals', row: { id: event.data.approval, escalated_at: timeOf(event.time, at) } }];

/** From `approvals`. */
export const delegationGiven = ({ tenant, workflow, data }: Event<'countersign.approval.delegated'>, at: number): readonly Patch[] => [
  { table: 'standing', row: { id: data.delegation, kind: 'delegation', tenant: tenant ?? null, workflow: workflow ?? null, person: data.by, stand_in: data.to ?? null, roles: data.roles, begins_at: timeOf(data.from, at), ends_at: timeOf(data.until, at) } },
];

/** From `approvals`. */
export const consentGiven = ({ tenant, workflow, run, time, data }: Event<'countersign.approval.consented'>, at: number): readonly Patch[] => [
  { table: 'standing', row: { id: data.consent, kind: 'consent', tenant: tenant ?? null, workflow: workflow ?? null, run: run ?? null, person: data.by, name: data.name, tools: data.tools, tier: data.tier, begins_at: timeOf(time, at), ends_at: timeOf(data.until, at) } },
];

/** From `approvals`. */
export const standingEnded = (event: Event<'countersign.approval.standing-ended'>, at: number): readonly Patch[] => [{ table: 'standing', row: { id: event.data.standing, ended_at: timeOf(event.time, at) } }];
