import type { Event } from '@countersign/contracts';
import { jsonBytes, timestamp, type Instant, type Principal } from '@countersign/kernel';
import { approverOf } from '../control/lookups.js';
import type { LateOutput, Output } from '../output.js';
import { STOPPED_KILLED } from '../reason-codes.js';
import { cut, MAX_VOTE_BYTES } from '../room.js';
import type { ApprovalContext, BallotRefusal } from './approval-context.js';
import type { ApprovalState, OpenApproval } from './approval-state.js';

/** What approvals does about an event of decisions, or about a ballot that `ballotRefusal` has nothing against. */
export const decideApproval = (event: Event, state: ApprovalState, context: ApprovalContext): readonly Output[] => {
  if (event.type === 'countersign.approval.required') return request(event, state);
  if (event.type === 'countersign.action.denied') return stopped(event, state);
  if (event.type === 'countersign.context.closed') return takeBack(state, ({ run }) => run === event.run, event.actor, 'the run is closed');
  if (event.type === 'countersign.ballot.cast') return count(event, state, context);
  return [];
};

const request = (event: Event<'countersign.approval.required'>, state: ApprovalState): readonly Output[] => {
  const { tenant, workflow, run, step, data } = event;
  if (tenant === undefined || workflow === undefined || run === undefined || step === undefined || state.open.has(data.approval)) return [];
  const { approval, action, actionHash, reasons, tier, quorum, roles, deadline, confirmation, sub, act } = data;
  return [{ type: 'countersign.approval.requested', tenant, workflow, run, step, data: { approval, action, actionHash, reasons, tier, quorum, roles, deadline, ...(confirmation && { confirmation }), sub, act } }];
};

/** A kill ends what people are being asked about. */
const stopped = ({ data, actor }: Event<'countersign.action.denied'>, state: ApprovalState): readonly Output[] => {
  const stop = data.reasons.find(({ code }) => code === STOPPED_KILLED);
  return stop ? takeBack(state, ({ actionHash }) => actionHash === data.actionHash, actor, stop.message) : [];
};

/** What policy would deny whatever people say: nobody should go on answering. */
const takeBack = (state: ApprovalState, isMeant: (open: OpenApproval) => boolean, by: Principal, reason: string): readonly Output[] =>
  [...state.open.values()].filter(isMeant).map((open) => ({ type: 'countersign.approval.rejected', ...placeOf(open), data: { approval: open.approval, actionHash: open.actionHash, by, reason: cut(reason, LONGEST_REASON) } }));

/** As a person's. */
const LONGEST_REASON = 500;

const count = (event: Event<'countersign.ballot.cast'>, state: ApprovalState, context: ApprovalContext): readonly Output[] => {
  const { approval, actionHash, choice, voter, reason } = event.data;
  const open = state.open.get(approval);
  const { vote } = context;
  if (!open || !vote || ballotRefusal(event, state, context)) return [];
  const place = placeOf(open);
  const cast: Output = { type: 'countersign.approval.vote-cast', ...place, subject: `${approval}/${voter}`, data: { approval, actionHash, voter, choice, vote } };
  if (choice === 'deny') return [cast, { type: 'countersign.approval.rejected', ...place, data: { approval, actionHash, by: voter, reason } }];
  const votes = [...open.votes.map((known) => known.vote), vote];
  if (votes.length < open.quorum) return [cast];
  return [cast, { type: 'countersign.approval.granted', ...place, data: { approval, actionHash, votes } }];
};

/** Why a ballot does not count; `undefined` where it counts. */
export const ballotRefusal = (event: Event<'countersign.ballot.cast'>, state: ApprovalState, context: ApprovalContext): BallotRefusal | undefined => {
  const { approval, actionHash, voter } = event.data;
  const open = state.open.get(approval);
  if (!open) return { code: 'approval.not-open', message: `approval \`${approval}\` is not open` };
  // The expiry may not be written yet; what counts is the time.
  if (context.now >= open.deadline) return { code: 'approval.expired', message: `approval \`${approval}\` was open until ${timestamp(open.deadline)}` };
  if (actionHash !== open.actionHash) return { code: 'action.differs', message: 'the vote is for another action' };
  // The executor looks at the place too: what it would refuse must not end an approval.
  if (!isIn(event, open)) return { code: 'run.differs', message: 'the vote is for another run or step' };
  if (open.confirmation && voter !== open.sub) return { code: 'voter.not-asked', message: `only \`${open.sub}\`, whom the run acts for, can confirm it` };
  if (!open.confirmation && (voter === open.sub || voter === open.act)) return { code: 'voter.is-subject', message: `\`${voter}\` is who the action is done for or by` };
  const person = approverOf(context.controls, voter);
  if (!person || !context.vote) return { code: 'voter.unknown', message: `\`${voter}\` is no approver, or did not sign the vote` };
  if (open.roles.length > 0 && !person.roles.some((role) => open.roles.includes(role))) {
    return { code: 'voter.lacks-role', message: `\`${voter}\` has none of the roles ${open.roles.map((role) => `\`${role}\``).join(', ')}` };
  }
  if (jsonBytes(context.vote) > MAX_VOTE_BYTES) return { code: 'vote.too-large', message: `with its signature the vote has more than ${MAX_VOTE_BYTES} bytes, and a grant has to have room for all of them` };
  if (open.votes.some((known) => known.voter === voter)) return { code: 'voter.voted', message: `\`${voter}\` has voted already` };
  return undefined;
};

/** The earliest time at which an approval expires. */
export const nextApprovalDeadline = (state: ApprovalState): Instant | undefined => state.deadlines.next();

export const dueApprovals = (state: ApprovalState, context: Pick<ApprovalContext, 'now'>): readonly LateOutput[] =>
  state.deadlines.due(context.now).flatMap((key) => {
    const open = state.open.get(key);
    if (!open) return [];
    const { approval, actionHash } = open;
    return [{ cause: open.newest, outgoing: [{ type: 'countersign.approval.expired', ...placeOf(open), data: { approval, actionHash, deadline: timestamp(open.deadline) } }] }];
  });

const isIn = (ballot: Event, { tenant, workflow, run, step }: OpenApproval): boolean => ballot.tenant === tenant && ballot.workflow === workflow && ballot.run === run && ballot.step === step;

const placeOf = ({ tenant, workflow, run, step }: OpenApproval): Pick<OpenApproval, 'tenant' | 'workflow' | 'run' | 'step'> => ({ tenant, workflow, run, step });
