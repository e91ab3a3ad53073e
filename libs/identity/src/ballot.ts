import { decodeEvent, type Event, type SignedVote } from '@countersign/contracts';
import { codeOf, messageOf } from '@countersign/kernel';
import type { Approver, ApproverDirectory } from '@countersign/domain';
import { parseJws } from './jws.js';
import { keyIdOf, publicKeyOf } from './keys.js';

export type Ballot = Event<'countersign.ballot.cast'>;

export type BallotCheck =
  | { readonly ok: true; readonly ballot: Ballot; readonly voter: Approver }
  /** `vote.invalid`: the bytes or the signature; `voter.not-entitled`: the directory does not know the voter. */
  | { readonly ok: false; readonly code: 'vote.invalid' | 'voter.not-entitled'; readonly message: string };

const invalid = (message: string): BallotCheck => ({ ok: false, code: 'vote.invalid', message });

const decode = (bytes: Buffer): Event | string => {
  try {
    return decodeEvent(bytes);
  } catch (fault) {
    return `${codeOf(fault)}: ${messageOf(fault)}`;
  }
};

/**
 * Whether a ballot is one: canonical bytes of a `ballot.cast` event that its own voter signed with the key that the
 * directory has for that person. What it is a vote on, and whether the voter may cast it, the caller checks. Pure.
 */
export const verifyBallot = ({ value, jws }: SignedVote, directory: Pick<ApproverDirectory, 'people'>): BallotCheck => {
  const bytes = Buffer.from(value);
  const ballot = decode(bytes);
  if (typeof ballot === 'string') return invalid(ballot);
  if (ballot.type !== 'countersign.ballot.cast') return invalid(`\`${ballot.type}\` is no ballot`);
  if (ballot.actor !== ballot.data.voter) return invalid('the ballot names another actor than its voter');
  const voter = directory.people.find(({ subject }) => subject === ballot.data.voter);
  if (!voter) return { ok: false, code: 'voter.not-entitled', message: `\`${ballot.data.voter}\` is not in the directory` };
  const signature = parseJws(jws);
  if (!signature || signature.key !== keyIdOf(voter.publicKey) || !signature.covers(bytes, publicKeyOf(voter.publicKey))) {
    return invalid(`the signature is not of \`${voter.subject}\` over these bytes`);
  }
  return { ok: true, ballot, voter };
};
