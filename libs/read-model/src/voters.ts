import type { ApprovalSummary } from './views.js';

/** A person who may vote. */
export interface Voter {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly group?: string;
}

/** From this tier on no two votes are of one group. */
const GROUPS_TIER = 3;

/** Roles that are asked by now; empty for any approver. */
export const rolesAsked = ({ roles, escalatedAt, escalateTo = [] }: ApprovalSummary): readonly string[] => (roles.length === 0 || escalatedAt === undefined ? roles : [...roles, ...escalateTo]);

/** Neither whom the run acts for nor its agent may vote, nor who put its contract in force, and nobody twice; a confirmation is asked of whom the run acts for alone. */
const canVote = (voter: Voter, approval: ApprovalSummary, spent: readonly Voter[]): boolean => {
  const { confirmation, sub, act, authors, tier } = approval;
  if (spent.some(({ subject, group }) => subject === voter.subject || (tier >= GROUPS_TIER && group === voter.group))) return false;
  if (confirmation) return voter.subject === sub;
  const asked = rolesAsked(approval);
  return (asked.length === 0 || asked.some((role) => voter.roles.includes(role))) && ![sub, act, ...authors].includes(voter.subject);
};

/** Who can still vote on an approval. */
export const votersOn = (approval: ApprovalSummary, voters: readonly Voter[]): readonly string[] => {
  const spent = approval.votes.flatMap(({ voter, onBehalfOf }) => voters.filter(({ subject }) => subject === voter || subject === onBehalfOf));
  return approval.status === 'pending' ? voters.filter((voter) => canVote(voter, approval, spent)).map(({ subject }) => subject) : [];
};
