import type { Cause, Event } from '@countersign/contracts';
import { parseTimestamp, type Instant } from '@countersign/kernel';
import { DeadlineQueue } from '../deadline-queue.js';
import { isAmong } from '../event-type.js';
import type { ApprovalState, Consent, Delegation, OpenApproval } from './approval-state.js';
import { PREVIEW_WAIT } from './constants.js';
import { nextStage } from './next-stage.js';

export const initialApprovals = (): ApprovalState => withDeadlines({ open: new Map(), delegations: new Map(), consents: new Map() });

const withDeadlines = (state: Omit<ApprovalState, 'deadlines'>): ApprovalState => {
  const { open } = state;
  const deadlines = new DeadlineQueue((key, at) => {
    const one = open.get(key);
    return one !== undefined && nextStage(one).at === at;
  });
  for (const one of open.values()) deadlines.push(one.approval, nextStage(one).at, open.size);
  return { ...state, deadlines };
};

const OWN = [
  'countersign.approval.requested',
  'countersign.approval.previewed',
  'countersign.approval.vote-cast',
  'countersign.approval.granted',
  'countersign.approval.rejected',
  'countersign.approval.expired',
  'countersign.approval.withdrawn',
  'countersign.approval.reminded',
  'countersign.approval.escalated',
  'countersign.approval.delegated',
  'countersign.approval.consented',
  'countersign.approval.standing-ended',
] as const;

/** Folds one of the service's own events in, in place. Total. */
export const evolveApprovals = (state: ApprovalState, event: Event, cause: Cause): ApprovalState => {
  if (!isAmong(event, OWN)) return state;
  switch (event.type) {
    case 'countersign.approval.requested': {
      const open = openOf(event, cause);
      if (!open) return state;
      state.open.set(open.approval, open);
      state.deadlines.push(open.approval, nextStage(open).at, state.open.size);
      return state;
    }
    case 'countersign.approval.previewed': {
      const open = state.open.get(event.data.approval);
      if (!open) return state;
      const { kind, hash } = event.data.preview;
      open.preview = { status: 'shown', ...(kind !== 'none' && { hash }) };
      state.deadlines.push(open.approval, nextStage(open).at, state.open.size);
      return state;
    }
    case 'countersign.approval.vote-cast': {
      const { approval, voter, onBehalfOf, choice, vote } = event.data;
      state.open.get(approval)?.votes.push({ voter, ...(onBehalfOf !== undefined && { onBehalfOf }), choice, vote });
      return state;
    }
    case 'countersign.approval.reminded':
    case 'countersign.approval.escalated': {
      const open = state.open.get(event.data.approval);
      if (!open) return state;
      // Whoever is asked besides, those who were asked before hear of it too.
      open.reminded = true;
      if (event.type === 'countersign.approval.escalated') open.escalated = true;
      state.deadlines.push(open.approval, nextStage(open).at, state.open.size);
      return state;
    }
    case 'countersign.approval.granted':
    case 'countersign.approval.rejected':
    case 'countersign.approval.expired':
    case 'countersign.approval.withdrawn':
      state.open.delete(event.data.approval);
      return state;
    case 'countersign.approval.delegated': {
      const { tenant, workflow, data } = event;
      const { delegation, by, to, roles, word } = data;
      if (tenant === undefined || workflow === undefined) return state;
      forgetOver(state.delegations, event.time);
      state.delegations.set(delegation, { delegation, tenant, workflow, by, ...(to !== undefined && { to }), roles, from: instant(data.from), until: instant(data.until), word });
      return state;
    }
    case 'countersign.approval.consented': {
      const { tenant, workflow, run, data } = event;
      const { consent, by, tools, tier, until, word } = data;
      if (tenant === undefined || workflow === undefined || run === undefined) return state;
      forgetOver(state.consents, event.time);
      state.consents.set(consent, { consent, tenant, workflow, run, by, tools, tier, until: instant(until), word });
      return state;
    }
    case 'countersign.approval.standing-ended':
      state.delegations.delete(event.data.standing);
      state.consents.delete(event.data.standing);
      return state;
  }
};

const openOf = ({ tenant, workflow, run, step, time, data }: Event<'countersign.approval.requested'>, asked: Cause): OpenApproval | undefined => {
  const { approval, actionHash, sub, act, tier, quorum, roles, confirmation, remindAt, escalateAt, escalateTo, preview } = data;
  const deadline = parseTimestamp(data.deadline);
  if (tenant === undefined || workflow === undefined || run === undefined || step === undefined || deadline === undefined) return undefined;
  return {
    approval,
    tenant,
    workflow,
    run,
    step,
    actionHash,
    sub,
    act,
    tier,
    quorum,
    roles,
    ...(confirmation && { confirmation }),
    deadline,
    ...(remindAt !== undefined && { remindAt: instant(remindAt) }),
    // Without anybody to ask besides there is nothing to come.
    ...(escalateTo && escalateAt !== undefined && { escalateAt: instant(escalateAt) }),
    ...(escalateTo && { escalateTo }),
    ...(preview && { preview: { status: 'pending', until: (instant(time) + PREVIEW_WAIT) as Instant } }),
    votes: [],
    asked,
  };
};

const instant = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);

const forgetOver = (standing: Map<string, Delegation | Consent>, now: string): void => {
  for (const [id, { until }] of standing) if (until <= instant(now)) standing.delete(id);
};

/** JSON form of the state, for snapshots. */
export interface FrozenApprovals {
  readonly open: readonly OpenApproval[];
  readonly delegations: readonly Delegation[];
  readonly consents: readonly Consent[];
}

const copied = (open: OpenApproval): OpenApproval => ({ ...open, votes: [...open.votes] });

export const freezeApprovals = ({ open, delegations, consents }: ApprovalState): FrozenApprovals => ({ open: [...open.values()].map(copied), delegations: [...delegations.values()], consents: [...consents.values()] });

/** A snapshot is signed by the service itself, so its shape is not checked again. */
export const thawApprovals = (frozen: unknown): ApprovalState => {
  const { open, delegations, consents } = frozen as FrozenApprovals;
  return withDeadlines({
    open: new Map(open.map((one) => [one.approval, copied(one)])),
    delegations: new Map(delegations.map((one) => [one.delegation, one])),
    consents: new Map(consents.map((one) => [one.consent, one])),
  });
};
