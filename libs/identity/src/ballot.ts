import { decodeEvent, topicOfType, type Event, type SignedVote, type SignedWord, type Via } from '@countersign/contracts';
import { codeOf, messageOf, parseTimestamp } from '@countersign/kernel';
import { MAX_CONSENT, MAX_DELEGATION, slackName, type Approver, type ApproverDirectory, type SlackKeys, type Voice } from '@countersign/domain';
import { isInSlack, isSignedBySlack, NO_SLACK_KEYS } from './in-slack.js';
import { parseJws } from './jws.js';
import { keyIdOf, publicKeyOf } from './keys.js';

export type Ballot = Event<'countersign.ballot.cast'>;
export type ConsentGiven = Event<'countersign.consent.given'>;
type DelegationGiven = Event<'countersign.delegation.given'>;

/** What people put on `ballots`: for the approvals service, but for a sign-off, which is for the record. What the Slack service says of presses that are no votes is none of it. */
export type BallotEvent = Event<'countersign.ballot.cast' | 'countersign.escalation.called' | 'countersign.delegation.given' | 'countersign.consent.given' | 'countersign.standing.withdrawn' | 'countersign.readiness.signed'>;

/** `vote.invalid`: the bytes or the signature; `voter.not-entitled`: the directory does not know who signed. */
export interface BallotFault {
  readonly ok: false;
  readonly code: 'vote.invalid' | 'voter.not-entitled';
  readonly message: string;
}

export type BallotCheck = { readonly ok: true; readonly ballot: BallotEvent; readonly signer: Approver } | BallotFault;

type People = Pick<ApproverDirectory, 'people'>;

const invalid = (message: string): BallotFault => ({ ok: false, code: 'vote.invalid', message });

const decode = (bytes: Buffer): Event | string => {
  try {
    return decodeEvent(bytes);
  } catch (fault) {
    return `${codeOf(fault)}: ${messageOf(fault)}`;
  }
};

/** Whether people put such events on `ballots`. */
export const isBallot = (event: Event): event is BallotEvent => topicOfType(event.type) === 'ballots' && event.type !== 'countersign.press.refused' && event.type !== 'countersign.answer.pressed';

/**
 * Whether a ballot is one: canonical bytes of an event of `ballots` that its own actor signed with the key that the directory has for
 * that person; a vote that was cast in Slack is signed by the Slack service with one of `slackKeys`, for the person that the directory has
 * for that user. What it is about, and whether the person may say it, the caller checks. Pure.
 */
export const verifyBallot = ({ value, jws }: SignedWord, directory: People, slackKeys: SlackKeys = NO_SLACK_KEYS): BallotCheck => {
  const bytes = Buffer.from(value);
  const ballot = decode(bytes);
  if (typeof ballot === 'string') return invalid(ballot);
  if (!isBallot(ballot)) return invalid(`\`${ballot.type}\` is no ballot`);
  if (ballot.type === 'countersign.ballot.cast' && ballot.actor !== ballot.data.voter) return invalid('the ballot names another actor than its voter');
  const signer = directory.people.find(({ subject }) => subject === ballot.actor);
  if (!signer) return { ok: false, code: 'voter.not-entitled', message: `\`${ballot.actor}\` is not in the directory` };
  const signature = parseJws(jws);
  const via = 'via' in ballot.data ? ballot.data.via : undefined;
  if (via !== undefined) return pressed(ballot, via, signer) ?? signedBySlack(bytes, jws, slackKeys) ?? { ok: true, ballot, signer };
  if (!signature || signature.key !== keyIdOf(signer.publicKey) || !signature.covers(bytes, publicKeyOf(signer.publicKey))) {
    return invalid(`the signature is not of \`${signer.subject}\` over these bytes`);
  }
  return { ok: true, ballot, signer };
};

/**
 * What the Slack service may say for a person: one vote of their own, of whoever pressed the button. Never a step-up, a place of somebody
 * else, or what stands for a while.
 */
const pressed = ({ data }: BallotEvent, via: Via, { subject, slack }: Approver): BallotFault | undefined => {
  if (!isInSlack({ slack }, via)) return { ok: false, code: 'voter.not-entitled', message: `\`${subject}\` is not \`${slackName(via)}\` of Slack` };
  if ('stepUp' in data && data.stepUp !== undefined) return invalid('nobody steps up in Slack');
  return 'onBehalfOf' in data && data.onBehalfOf !== undefined ? invalid('in Slack everybody votes for themselves') : undefined;
};

/** Whether the Slack service has signed what it says of a press that is no vote. Pure. */
export const verifyPress = ({ value, jws }: SignedWord, slackKeys: SlackKeys): { readonly ok: true } | BallotFault => {
  return signedBySlack(Buffer.from(value), jws, slackKeys) ?? { ok: true };
};

const signedBySlack = (bytes: Buffer, jws: string, slackKeys: SlackKeys): BallotFault | undefined => (isSignedBySlack(bytes, jws, slackKeys) ? undefined : invalid('what was pressed in Slack is not signed with a key of the Slack service'));

/** A vote as it travels in a grant: what was signed, and whose voice it is. */
export type VoteCheck = { readonly ok: true; readonly ballot: Ballot | ConsentGiven; readonly voice: Voice } | BallotFault;

/** Whether a vote is one, and the delegation that it rests on: both signatures, and whether the one covers the other. Pure. */
export const verifyVote = ({ value, jws, delegation }: SignedVote, directory: People, slackKeys?: SlackKeys): VoteCheck => {
  const check = verifyBallot({ value, jws }, directory, slackKeys);
  if (!check.ok) return check;
  const { ballot, signer: voter } = check;
  if (ballot.type === 'countersign.consent.given') {
    const lasts = (parseTimestamp(ballot.data.until) ?? Infinity) - (parseTimestamp(ballot.time) ?? 0);
    return lasts <= MAX_CONSENT ? { ok: true, ballot, voice: { voter } } : invalid('the consent is for longer than anybody consents');
  }
  if (ballot.type !== 'countersign.ballot.cast') return invalid(`\`${ballot.type}\` is no vote`);
  const { onBehalfOf } = ballot.data;
  if (onBehalfOf === undefined) return { ok: true, ballot, voice: { voter } };
  const lent = delegation && verifyBallot(delegation, directory);
  if (!lent?.ok) return lent ?? invalid(`\`${voter.subject}\` votes in the place of \`${onBehalfOf}\` without a delegation`);
  if (lent.ballot.type !== 'countersign.delegation.given' || lent.signer.subject !== onBehalfOf || !covers(lent.ballot, ballot)) return invalid(`the delegation does not let \`${voter.subject}\` vote in the place of \`${onBehalfOf}\``);
  return { ok: true, ballot, voice: { voter, standsFor: { person: lent.signer, lent: lent.ballot.data.roles } } };
};

/** To this voter, in this workflow, at the time that the vote says it was signed. */
const covers = ({ tenant, workflow, data }: DelegationGiven, ballot: Ballot): boolean => {
  const [from = Infinity, until = -Infinity, at = NaN] = [parseTimestamp(data.from), parseTimestamp(data.until), parseTimestamp(ballot.time)];
  return data.to === ballot.data.voter && tenant === ballot.tenant && workflow === ballot.workflow && tenant !== undefined && from <= at && at < until && until - from <= MAX_DELEGATION;
};
