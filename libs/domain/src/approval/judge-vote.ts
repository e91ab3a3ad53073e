import type { Event, SignedVote } from '@countersign/contracts';
import { jsonBytes, parseTimestamp, timestamp, type Principal } from '@countersign/kernel';
import { approverOf, authorsFor } from '../control/lookups.js';
import type { ControlState } from '../control/control-state.js';
import { MAX_VOTE_BYTES } from '../room.js';
import type { ApprovalContext, BallotRefusal } from './approval-context.js';
import type { ApprovalState, CastVote, Delegation, OpenApproval } from './approval-state.js';
import type { ApprovalPlace } from './place-of.js';
import { previewFault } from './preview.js';
import { slackFault } from './in-slack.js';
import { clashOf, isStale, stepUpFault, voiceFault, type Asked, type Voice } from './voice.js';

type Ballot = Event<'countersign.ballot.cast'>;

/** What a vote on an open approval is held against now. */
export const askedOf = (open: Pick<OpenApproval, 'tenant' | 'workflow' | 'tier' | 'roles' | 'sub' | 'act' | 'escalated' | 'escalateTo' | 'confirmation'>, controls: ControlState): Asked => ({
  tier: open.tier,
  roles: open.roles,
  fallback: open.escalated ? open.escalateTo : undefined,
  confirmation: open.confirmation,
  sub: open.sub,
  act: open.act,
  authors: authorsFor(controls, open.tenant, open.workflow),
});

/** The delegation that a ballot rests on: in force when it was signed, which is what others check too. */
const delegationFor = ({ tenant, workflow, time, data }: Ballot, { delegations }: ApprovalState): Delegation | undefined => {
  const at = parseTimestamp(time) ?? 0;
  return [...delegations.values()].find((one) => one.tenant === tenant && one.workflow === workflow && one.by === data.onBehalfOf && one.to === data.voter && one.from <= at && at < one.until);
};

/** Voices of the votes that were cast, by the directory in force; of whoever is not in it any more there is none. */
const voicesOf = (votes: readonly CastVote[], controls: ControlState): readonly Voice[] => votes.flatMap(({ voter, onBehalfOf }) => voiceOf(voter, onBehalfOf, [], controls) ?? []);

export const voiceOf = (voter: Principal, onBehalfOf: Principal | undefined, lent: readonly string[], controls: ControlState): Voice | undefined => {
  const [person, other] = [approverOf(controls, voter), onBehalfOf === undefined ? undefined : approverOf(controls, onBehalfOf)];
  if (!person || (onBehalfOf !== undefined && !other)) return undefined;
  return { voter: person, ...(other && { standsFor: { person: other, lent } }) };
};

/** Why a vote does not count, or what it is on and how it travels. */
export const judgeVote = (event: Ballot, state: ApprovalState, { now, controls, word }: ApprovalContext): BallotRefusal | { readonly open: OpenApproval; readonly vote: SignedVote } => {
  const { approval, actionHash, voter, onBehalfOf, choice } = event.data;
  const open = state.open.get(approval);
  if (!open) return { code: 'approval.not-open', message: `approval \`${approval}\` is not open` };
  // The expiry may not be written yet; what counts is the time.
  if (now >= open.deadline) return { code: 'approval.expired', message: `approval \`${approval}\` was open until ${timestamp(open.deadline)}` };
  if (actionHash !== open.actionHash) return { code: 'action.differs', message: 'the vote is for another action' };
  // The executor looks at the place too: what it would refuse must not end an approval.
  if (!isIn(event, open)) return { code: 'run.differs', message: 'the vote is for another run or step' };
  const delegation = onBehalfOf === undefined ? undefined : delegationFor(event, state);
  const voice = voiceOf(voter, onBehalfOf, delegation?.roles ?? [], controls);
  if (!voice || !word) return { code: 'voter.unknown', message: `\`${onBehalfOf ?? voter}\` is no approver, or did not sign the vote` };
  if (isStale(event.time, word)) return { code: 'vote.stale', message: `the vote was signed at ${event.time}, and came at ${timestamp(word.recordedAt)}` };
  if (onBehalfOf !== undefined && !delegation) return { code: 'delegation.unknown', message: `\`${onBehalfOf}\` has not let \`${voter}\` vote in their place here now` };
  const asked = askedOf(open, controls);
  const fault = voiceFault(asked, voice) ?? slackFault(asked, event.data, controls.active?.approvers?.document ?? {}) ?? stepUpFault(asked, event.data);
  // Who may not vote at all is told so, and raises the alarm, whatever they have seen.
  const unseen = fault ?? previewFault(open, event.data);
  if (unseen) return unseen;
  const vote: SignedVote = { value: word.value, jws: word.jws, ...(delegation && { delegation: delegation.word }) };
  if (jsonBytes(vote) > MAX_VOTE_BYTES) {
    return { code: 'vote.too-large', message: `with its signatures the vote has more than ${MAX_VOTE_BYTES} bytes, and a grant has to have room for all of them` };
  }
  const clash = clashOf(asked, voicesOf(open.votes, controls), voice);
  // A no of a group that has said yes ends it all the same.
  return clash && !(clash.code === 'group.voted' && choice === 'deny') ? clash : { open, vote };
};

const isIn = (ballot: Event, { tenant, workflow, run, step }: ApprovalPlace): boolean => ballot.tenant === tenant && ballot.workflow === workflow && ballot.run === run && ballot.step === step;
