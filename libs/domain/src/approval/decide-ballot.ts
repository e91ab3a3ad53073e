import type { Event, EventData } from '@countersign/contracts';
import { timestamp, type Tenant, type Workflow } from '@countersign/kernel';
import { isAmong } from '../event-type.js';
import type { Output } from '../output.js';
import { cut } from '../room.js';
import type { ApprovalContext, Counted } from './approval-context.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';
import { LONGEST_REASON } from './constants.js';
import { placeOf } from './place-of.js';
import { escalation } from './stages.js';
import { consented, delegated, standingEnded } from './standing.js';
import { askedOf, judgeVote, voiceOf } from './judge-vote.js';
import { voiceFault } from './voice.js';

const BALLOTS = ['countersign.ballot.cast', 'countersign.escalation.called', 'countersign.delegation.given', 'countersign.consent.given', 'countersign.standing.withdrawn'] as const;
export type BallotEvent = Event<(typeof BALLOTS)[number]>;

export const isBallot = (event: Event): event is BallotEvent => isAmong(event, BALLOTS);

/** A ballot that a person of the directory has signed. One that does not count is told to that person, and changes nothing else. */
export const decideBallot = (event: BallotEvent, state: ApprovalState, context: ApprovalContext): readonly Output[] => {
  const { tenant, workflow, run, step } = event;
  if (tenant === undefined || workflow === undefined) return [];
  const counted = countedOf(event, { tenant, workflow }, state, context);
  if (!('code' in counted)) return counted;
  const about = 'approval' in event.data ? { approval: event.data.approval } : {};
  const via = event.type === 'countersign.ballot.cast' && event.data.via ? { via: event.data.via } : {};
  const refused = { ...about, ...via, by: event.actor, code: counted.code, message: cut(counted.message, LONGEST_REASON) };
  return [{ type: 'countersign.approval.ballot-refused', tenant, workflow, ...(run !== undefined && { run }), ...(step !== undefined && { step }), subject: event.id, data: refused }];
};

const countedOf = (event: BallotEvent, of: { readonly tenant: Tenant; readonly workflow: Workflow }, state: ApprovalState, context: ApprovalContext): Counted => {
  switch (event.type) {
    case 'countersign.ballot.cast':
      return count(event, judgeVote(event, state, context));
    case 'countersign.escalation.called':
      return escalate(event, state, context);
    case 'countersign.delegation.given':
      return delegated(event, of, state, context);
    case 'countersign.consent.given':
      return consented(event, of, state, context);
    case 'countersign.standing.withdrawn':
      return standingEnded(event, state);
  }
};

const shownOf = ({ preview }: OpenApproval): Pick<EventData<'countersign.approval.granted'>, 'previewHash'> => (preview?.status === 'shown' && preview.hash !== undefined ? { previewHash: preview.hash } : {});

/** The first no ends it. */
const count = ({ data }: Event<'countersign.ballot.cast'>, judged: ReturnType<typeof judgeVote>): Counted => {
  if ('code' in judged) return judged;
  const { approval, actionHash, choice, voter, onBehalfOf, reason } = data;
  const { open, vote } = judged;
  const place = placeOf(open);
  const cast: Output = { type: 'countersign.approval.vote-cast', ...place, subject: `${approval}/${voter}`, data: { approval, actionHash, voter, choice, ...(onBehalfOf !== undefined && { onBehalfOf }), vote } };
  if (choice === 'deny') return [cast, { type: 'countersign.approval.rejected', ...place, data: { approval, actionHash, by: voter, reason } }];
  const votes = [...open.votes.map((known) => known.vote), vote];
  if (votes.length < open.quorum) return [cast];
  return [cast, { type: 'countersign.approval.granted', ...place, data: { approval, actionHash, votes, ...shownOf(open), ...(open.escalated && { escalated: true }) } }];
};

/** Whoever may vote on it, now or once it has escalated, may say that others are to be asked. */
const escalate = ({ actor, data: { approval } }: Event<'countersign.escalation.called'>, state: ApprovalState, { now, controls }: ApprovalContext): Counted => {
  const open = state.open.get(approval);
  if (!open) return { code: 'approval.not-open', message: `approval \`${approval}\` is not open` };
  if (now >= open.deadline) return { code: 'approval.expired', message: `approval \`${approval}\` was open until ${timestamp(open.deadline)}` };
  if (open.escalated) return { code: 'approval.escalated', message: 'it has escalated already' };
  if (!open.escalateTo) return { code: 'approval.no-fallback', message: 'neither its rules nor the directory of approvers name roles that would be asked besides' };
  const voice = voiceOf(actor, undefined, [], controls);
  if (!voice) return { code: 'voter.unknown', message: `\`${actor}\` is no approver` };
  return voiceFault({ ...askedOf(open, controls), fallback: open.escalateTo }, voice) ?? [escalation(open, { why: 'called', by: actor })];
};
