import { IsArray, IsString, MaxLength, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import type { Sha256 } from '@countersign/kernel';
import { IsSha256 } from '../values/decorators.js';
import { SignedVote } from '../values/parts.js';
import { defineEvent } from '../define-event.js';

/** The quorum is met. Policy decides again with the votes present. */
export class ApprovalGrantedV1 {
  @IsString() @MaxLength(64) approval!: string;
  @IsSha256() actionHash!: Sha256;
  @IsArray() @ValidateNested({ each: true }) @Type(() => SignedVote) votes!: SignedVote[];
}

export const approvalGrantedV1 = defineEvent({
  type: 'countersign.approval.granted',
  version: 1,
  topic: 'approvals',
  dataClass: ApprovalGrantedV1,
  sample: { approval: 'DDDDDDDDDDDDDDDDDDDDDD', actionHash: '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256, votes: [{ value: '{}', jws: 'e30..AA' }] },
});
