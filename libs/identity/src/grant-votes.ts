import type { Event } from '@countersign/contracts';
import type { ApproverDirectory } from '@countersign/domain';
import { verifyBallot, type Ballot } from './ballot.js';
import type { GrantFault, GrantVerdict } from './grant.js';

type Grant = Event<'countersign.action.allowed'>;

const refused = (code: GrantFault, message: string): GrantVerdict => ({ ok: false, code, message });

/** A vote binds this approval, this action, and the place of its run. */
const binds = (ballot: Ballot, grant: Grant): boolean =>
  ballot.data.approval === grant.data.approval &&
  ballot.data.actionHash === grant.data.actionHash &&
  ballot.tenant === grant.tenant &&
  ballot.workflow === grant.workflow &&
  ballot.run === grant.run;

/** Whether the people that policy asked said yes: each vote by itself, nobody twice, nobody for themselves, enough of them. Pure. */
export const checkVotes = (grant: Grant, directory: Pick<ApproverDirectory, 'people'> | undefined): GrantVerdict => {
  const { approval, votes, quorum, roles, sub, act } = grant.data;
  if (approval === undefined) {
    return quorum > 0 || roles.length > 0 || votes.length > 0 ? refused('votes.missing', 'the grant rests on people and names no approval') : { ok: true };
  }
  if (votes.length === 0) return refused('votes.missing', 'the grant names an approval and carries no vote');
  if (quorum < 1) return refused('quorum.not-met', 'the grant names an approval that asks for nobody');
  const keys = new Set<string>();
  for (const vote of votes) {
    const check = verifyBallot(vote, directory ?? { people: [] });
    if (!check.ok) return check;
    const { ballot, voter } = check;
    if (ballot.data.choice !== 'approve') return refused('vote.invalid', `\`${voter.subject}\` did not approve`);
    if (!binds(ballot, grant)) return refused('vote.invalid', `the vote of \`${voter.subject}\` is on something else`);
    if (voter.subject === sub || voter.subject === act) return refused('voter.is-subject', `\`${voter.subject}\` voted on an action of their own`);
    if (roles.length > 0 && !voter.roles.some((role) => roles.includes(role))) return refused('voter.not-entitled', `\`${voter.subject}\` has none of the roles ${roles.join(', ')}`);
    if (keys.has(voter.publicKey)) return refused('voter.duplicate', `\`${voter.subject}\` voted twice`);
    keys.add(voter.publicKey);
  }
  return keys.size < quorum ? refused('quorum.not-met', `${keys.size} of ${quorum} votes`) : { ok: true };
};
