import type { BallotCastV1 } from '@countersign/contracts';
import { minutes, parseTimestamp, type Instant, type Principal } from '@countersign/kernel';
import type { Approver } from '../config/approver-directory.js';
import { GROUPS_TIER, STEP_UP_TIER } from '../config/policy-file.js';

/** Who is asked, and who may not answer: what a vote is held against by everybody who counts it. */
export interface Asked {
  readonly tier: number;
  readonly roles: readonly string[];
  /** Roles that are asked besides; absent where the question has not escalated. */
  readonly fallback?: readonly string[] | undefined;
  /** Only `sub` is asked. */
  readonly confirmation?: true | undefined;
  /** Whom the run acts for, the agent that acts, and who put its contract in force: none of them votes, nor anybody in their place. */
  readonly sub: Principal;
  readonly act: Principal;
  readonly authors: readonly Principal[];
}

/** Somebody who speaks, for themselves or in the place of somebody. */
export interface Voice {
  readonly voter: Approver;
  /** Absent where the vote is the voter's own. */
  readonly standsFor?: { readonly person: Approver; /** Roles that are lent; empty: all. */ readonly lent: readonly string[] };
}

export interface VoiceFault {
  readonly code: 'voter.not-asked' | 'voter.is-subject' | 'voter.is-author' | 'voter.lacks-role' | 'voter.voted' | 'group.voted' | 'vote.no-step-up' | 'vote.in-slack';
  readonly message: string;
}

/** A vote is signed when it is cast. What comes later, or from the future, is no answer to what is asked now. */
export const VOTE_FRESH = minutes(5);

/** A word that was signed long before it came is none any more: somebody else may have kept it. */
export const isStale = (time: string, { recordedAt }: { readonly recordedAt: Instant }): boolean => Math.abs(recordedAt - (parseTimestamp(time) ?? 0)) > VOTE_FRESH;

/** Who is spent with a vote: each of them is in one vote on a question and no more. */
export const peopleOf = ({ voter, standsFor }: Voice): readonly Approver[] => (standsFor ? [voter, standsFor.person] : [voter]);

const rolesOf = ({ voter, standsFor }: Voice): readonly string[] =>
  standsFor ? standsFor.person.roles.filter((role) => standsFor.lent.length === 0 || standsFor.lent.includes(role)) : voter.roles;

const isAmong = (roles: readonly string[], some: readonly string[]): boolean => roles.some((role) => some.includes(role));

/** The roles that a vote is cast with: who is asked besides answers in the place of those who were asked first. */
export const rolesFor = ({ roles, fallback }: Pick<Asked, 'roles' | 'fallback'>, voice: Voice): readonly string[] =>
  fallback && isAmong(rolesOf(voice), fallback) ? [...new Set([...rolesOf(voice), ...roles])] : rolesOf(voice);

/** Why somebody may not vote on a question at all; `undefined` where they may. */
export const voiceFault = (asked: Asked, voice: Voice): VoiceFault | undefined => {
  const { roles, fallback = [], confirmation, sub, act, authors } = asked;
  const { voter } = voice;
  if (confirmation) return voter.subject === sub && !voice.standsFor ? undefined : { code: 'voter.not-asked', message: `only \`${sub}\`, whom the run acts for, can confirm it` };
  for (const { subject } of peopleOf(voice)) {
    if (subject === sub || subject === act) return { code: 'voter.is-subject', message: `\`${subject}\` is who the action is done for or by` };
    if (authors.includes(subject)) return { code: 'voter.is-author', message: `\`${subject}\` put the agent's contract in force` };
  }
  if (roles.length > 0 && !isAmong(rolesOf(voice), [...roles, ...fallback])) {
    return { code: 'voter.lacks-role', message: `\`${voter.subject}\` has none of the roles ${[...roles, ...fallback].map((role) => `\`${role}\``).join(', ')}` };
  }
  return undefined;
};

/** Why a yes adds nothing to what others have said: nobody speaks twice, and from tier 3 on no group does. Whoever has no group is of the one of all who have none. */
export const clashOf = (asked: Pick<Asked, 'tier'>, earlier: readonly Voice[], voice: Voice): VoiceFault | undefined => {
  const people = peopleOf(voice);
  const before = earlier.flatMap(peopleOf);
  const again = people.find(({ subject, publicKey }) => before.some((other) => other.subject === subject || other.publicKey === publicKey));
  if (again) return { code: 'voter.voted', message: `\`${again.subject}\` has voted already` };
  if (asked.tier < GROUPS_TIER) return undefined;
  const same = people.find(({ group }) => before.some((other) => other.group === group));
  return same && { code: 'group.voted', message: `${same.group === undefined ? 'somebody without a group' : `group \`${same.group}\``} has voted already, and somebody of another group has to` };
};

/** From tier 4 on a yes is worth nothing without a step-up. */
export const stepUpFault = ({ tier }: Pick<Asked, 'tier'>, { choice, stepUp }: Pick<BallotCastV1, 'choice' | 'stepUp'>): VoiceFault | undefined =>
  tier >= STEP_UP_TIER && choice === 'approve' && stepUp === undefined ? { code: 'vote.no-step-up', message: `tier ${tier} takes a step-up: amount and target typed, or a fresh login` } : undefined;
