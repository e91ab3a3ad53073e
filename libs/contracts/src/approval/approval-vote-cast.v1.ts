import { IsIn } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsPart, IsPrincipal, IsSha256, IsText, Optional } from '../values/decorators.js';
import { SignedVote } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** A vote that counts. */
export class ApprovalVoteCastV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsPrincipal() voter!: Principal;
  @IsIn(['approve', 'deny']) choice!: 'approve' | 'deny';
  /** The person whom the voter stands in for; absent where the vote is the voter's own. */
  @Optional() @IsPrincipal() onBehalfOf?: Principal;
  /** Id of the consent that this is the yes of; absent where the person voted on this question itself. */
  @Optional() @IsText(64) consent?: string;
  @IsPart(() => SignedVote) vote!: SignedVote;
}

export const approvalVoteCastV1 = defineEvent({
  type: 'countersign.approval.vote-cast',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalVoteCastV1,
  sample: {
    approval: SAMPLE.approval,
    actionHash: SAMPLE.actionHash,
    voter: SAMPLE.person,
    choice: 'approve',
    vote: SAMPLE_VOTE,
  },
});
