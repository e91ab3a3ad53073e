import { IsIn } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsPrincipal, IsSha256, IsText } from '../values/decorators.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person votes. The record carries the JWS of the person over its value. */
export class BallotCastV1 {
  @IsText(64) approval!: string;
  /** The vote binds this action and no other. */
  @IsSha256() actionHash!: Sha256;
  @IsIn(['approve', 'deny']) choice!: 'approve' | 'deny';
  @IsPrincipal() voter!: Principal;
  @IsText(500) reason!: string;
}

export const ballotCastV1 = defineEvent({
  type: 'countersign.ballot.cast',
  version: 1,
  topic: 'ballots',
  dataClass: BallotCastV1,
  sample: {
    approval: SAMPLE.approval,
    actionHash: SAMPLE.actionHash,
    choice: 'approve',
    voter: SAMPLE.person,
    reason: 'checked with the customer',
  },
});
