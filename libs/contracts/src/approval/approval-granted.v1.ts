import { Equals } from 'class-validator';
import type { Sha256 } from '@countersign/kernel';
import { IsParts, IsSha256, IsText, Optional } from '../values/decorators.js';
import { SignedVote } from '../values/parts.js';
import { SAMPLE } from '../values/samples.js';
import { SAMPLE_VOTE } from '../values/sample-vote.js';
import { defineEvent } from '../define-event.js';

/** The quorum is met. Policy decides again with the votes present. */
export class ApprovalGrantedV1 {
  @IsText(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsParts(() => SignedVote) votes!: SignedVote[];
  /** Of the preview that people were shown; absent where none was. */
  @Optional() @IsSha256() previewHash?: Sha256;
  /** The fallback roles were asked too; absent where they were not. */
  @Optional() @Equals(true) escalated?: true;
}

export const approvalGrantedV1 = defineEvent({
  type: 'countersign.approval.granted',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalGrantedV1,
  sample: { approval: SAMPLE.approval, actionHash: SAMPLE.actionHash, votes: [SAMPLE_VOTE] },
});
