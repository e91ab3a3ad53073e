import type { SignedWord } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { ControlState } from '../control/control-state.js';
import type { Output } from '../output.js';
import type { VoiceFault } from './voice.js';

export interface ApprovalContext {
  readonly now: Instant;
  readonly controls: ControlState;
  /** Of what a person put on `ballots` only. */
  readonly word?: PersonsWord;
}

/**
 * What a person put on `ballots`: its bytes and its JWS. Whoever passes it has verified the JWS with the key that the directory of
 * approvers has for the event's actor.
 */
export interface PersonsWord extends SignedWord {
  /** When the log took it, by the log's clock. */
  readonly recordedAt: Instant;
}

/** Why what a person signed does not count. The person is told, and the approval goes on. */
export interface BallotRefusal {
  readonly code:
    | VoiceFault['code']
    | 'approval.not-open'
    | 'approval.expired'
    | 'approval.escalated'
    | 'approval.no-fallback'
    | 'action.differs'
    | 'preview.pending'
    | 'preview.differs'
    | 'run.differs'
    | 'voter.unknown'
    | 'vote.stale'
    | 'vote.too-large'
    | 'delegation.unknown'
    | 'delegation.invalid'
    | 'consent.invalid'
    | 'standing.too-many'
    | 'standing.unknown'
    | 'standing.not-yours';
  readonly message: string;
}

/** What a ballot gives rise to, or why it does not count. */
export type Counted = readonly Output[] | BallotRefusal;
