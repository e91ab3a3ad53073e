import type { SignedVote } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { ControlState } from '../control/control-state.js';

export interface ApprovalContext {
  readonly now: Instant;
  readonly controls: ControlState;
  /**
   * Of a ballot only: its bytes and its JWS. Whoever passes it has verified the JWS with the key that the directory of
   * approvers has for the ballot's `voter`.
   */
  readonly vote?: SignedVote;
}

/** Why a ballot does not count. The ballot is a dead letter then; the approval goes on. */
export interface BallotRefusal {
  readonly code: 'approval.not-open' | 'approval.expired' | 'action.differs' | 'run.differs' | 'voter.unknown' | 'voter.not-asked' | 'voter.lacks-role' | 'voter.is-subject' | 'voter.voted' | 'vote.too-large';
  readonly message: string;
}
