import type { Action, Event, Extension, GivenApproval } from '@countersign/contracts';
import type { ApproverDirectory, Case } from '@countersign/domain';
import { verifyBallot, type Ballot } from './ballot.js';
import type { GrantFault, GrantVerdict } from './grant.js';

type Grant = Event<'countersign.action.allowed'>;
type People = Pick<ApproverDirectory, 'people'> | undefined;

/** What the votes are on, and for whom the action is done and by whom. */
type Of = Pick<Case, 'actionHash' | 'sub' | 'act'> & { readonly action: Pick<Action, 'tenant' | 'workflow' | 'run'> };

const refused = (code: GrantFault, message: string): GrantVerdict => ({ ok: false, code, message });

/** A vote binds this approval, this action, and the place of its run. */
const binds = (ballot: Ballot, approval: string, { actionHash, action }: Of): boolean =>
  ballot.data.approval === approval &&
  ballot.data.actionHash === actionHash &&
  ballot.tenant === action.tenant &&
  ballot.workflow === action.workflow &&
  ballot.run === action.run;

/**
 * Whether people said yes: each vote by itself, nobody twice, enough of them. Nobody approves for themselves; a confirmation is asked of
 * nobody but whom the run acts for, and approves no risk.
 */
const checkAnswer = ({ approval, votes, quorum, roles }: Omit<GivenApproval, 'tier'>, of: Of, directory: People, confirmation = false): GrantVerdict => {
  if (votes.length === 0) return refused('votes.missing', 'the grant names an approval and carries no vote');
  if (quorum < 1) return refused('quorum.not-met', 'the grant names an approval that asks for nobody');
  const keys = new Set<string>();
  for (const vote of votes) {
    const check = verifyBallot(vote, directory ?? { people: [] });
    if (!check.ok) return check;
    const { ballot, voter } = check;
    if (ballot.data.choice !== 'approve') return refused('vote.invalid', `\`${voter.subject}\` did not approve`);
    if (!binds(ballot, approval, of)) return refused('vote.invalid', `the vote of \`${voter.subject}\` is on something else`);
    if (confirmation && voter.subject !== of.sub) return refused('voter.not-entitled', `\`${voter.subject}\` is not whom the run acts for`);
    if (!confirmation && (voter.subject === of.sub || voter.subject === of.act)) return refused('voter.is-subject', `\`${voter.subject}\` voted on an action of their own`);
    if (roles.length > 0 && !voter.roles.some((role) => roles.includes(role))) return refused('voter.not-entitled', `\`${voter.subject}\` has none of the roles ${roles.join(', ')}`);
    if (keys.has(voter.publicKey)) return refused('voter.duplicate', `\`${voter.subject}\` voted twice`);
    keys.add(voter.publicKey);
  }
  return keys.size < quorum ? refused('quorum.not-met', `${keys.size} of ${quorum} votes`) : { ok: true };
};

/** Whether people have let an action go over limits of its run. Pure. */
export const extensionHolds = (extension: Extension, of: Of, directory: People): boolean => checkAnswer(extension, of, directory, extension.confirmation).ok;

/** Whether the people that policy asked said yes, to the action and to what it takes. Pure. */
export const checkVotes = (grant: Grant, directory: People): GrantVerdict => {
  const { approval, votes, quorum, roles, extension } = grant.data;
  // That the action is of the place of its grant is checked before.
  const of = grant.data;
  if (approval === undefined) {
    if (quorum > 0 || roles.length > 0 || votes.length > 0) return refused('votes.missing', 'the grant rests on people and names no approval');
  } else {
    const answer = checkAnswer({ approval, votes, quorum, roles }, of, directory);
    if (!answer.ok) return answer;
  }
  if (!extension) return { ok: true };
  // One yes does not answer two questions.
  if (extension.approval === approval) return refused('vote.invalid', 'the votes on the action are none on its budget');
  return checkAnswer(extension, of, directory, extension.confirmation);
};
