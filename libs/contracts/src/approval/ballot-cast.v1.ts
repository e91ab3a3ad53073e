import { IsIn } from 'class-validator';
import type { Principal, Sha256 } from '@countersign/kernel';
import { IsPart, IsPrincipal, IsSha256, IsText, Optional } from '../values/decorators.js';
import { Via } from '../values/parts.js';
import { STEP_UPS, type StepUp } from '../values/vocabulary.js';
import { SAMPLE } from '../values/samples.js';
import { defineEvent } from '../define-event.js';

/** A person votes. The record carries the JWS of the person over its value, or that of the Slack service where the vote was cast there. */
export class BallotCastV1 {
  @IsText(64) approval!: string;
  /** The vote binds this action and no other. */
  @IsSha256() actionHash!: Sha256;
  @IsIn(['approve', 'deny']) choice!: 'approve' | 'deny';
  @IsPrincipal() voter!: Principal;
  @IsText(500) reason!: string;
  /** The person whom the voter stands in for, by a delegation; absent where the vote is the voter's own. */
  @Optional() @IsPrincipal() onBehalfOf?: Principal;
  /** How the voter showed once more that exactly this is meant: amount and target typed, or a fresh login. Absent where neither was asked; from tier 4 on no yes counts without it. */
  @Optional() @IsIn(STEP_UPS) stepUp?: StepUp;
  /** Hash of the preview that the voter was shown; absent where none was. A yes counts only with exactly the one that was shown. */
  @Optional() @IsSha256() previewHash?: Sha256;
  /** Who pressed the button in Slack: the service signs for them. Absent where the person signs. */
  @Optional() @IsPart(() => Via) via?: Via;
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
