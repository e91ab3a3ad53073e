import type { Late, Moment, Outgoing, Received, Step } from '@countersign/bus';
import { HEADERS, type Cause, type Event } from '@countersign/contracts';
import {
  ballotRefusal,
  decideApproval,
  dueApprovals,
  evolveApprovals,
  freezeApprovals,
  initialApprovals,
  nextApprovalDeadline,
  thawApprovals,
  type ApprovalContext,
  type ApprovalState,
  type ControlState,
} from '@countersign/domain';
import { verifyBallot } from '@countersign/identity';
import { CountersignError, millis, type Instant } from '@countersign/kernel';

/** People take seconds at the least; at 50 runs a second it saves two of three fetches. */
const LINGER = millis(50);

/** Asks people and counts what they sign. It never decides alone: a vote is worth what its signature is worth. */
export class ApprovalsHandler implements Step<ApprovalState, ControlState> {
  readonly service = 'approvals';
  readonly linger = LINGER;

  initialState(): ApprovalState {
    return initialApprovals();
  }

  /** Throws `VOTE_INVALID` for a ballot that does not count: it becomes a dead letter, and the approval goes on. */
  handle({ event, record }: Received, state: ApprovalState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    if (event.type !== 'countersign.ballot.cast') return decideApproval(event, state, { now, controls });
    const vote = { value: String(record.value), jws: String(record.headers[HEADERS.personSignature]) };
    const check = verifyBallot(vote, controls.active?.approvers?.document ?? { people: [] });
    if (!check.ok) throw new CountersignError('VOTE_INVALID', `${check.code}: ${check.message}`);
    const context: ApprovalContext = { now, controls, vote };
    const refusal = ballotRefusal(event, state, context);
    if (refusal) throw new CountersignError('VOTE_INVALID', `${refusal.code}: ${refusal.message}`);
    return decideApproval(event, state, context);
  }

  evolve(state: ApprovalState, event: Event, cause: Cause): ApprovalState {
    return evolveApprovals(state, event, cause);
  }

  nextDue(state: ApprovalState): Instant | undefined {
    return nextApprovalDeadline(state);
  }

  due(state: ApprovalState, { now }: Moment<ControlState>): readonly Late[] {
    return dueApprovals(state, { now });
  }

  freeze(state: ApprovalState): unknown {
    return freezeApprovals(state);
  }

  thaw(frozen: unknown): ApprovalState {
    return thawApprovals(frozen);
  }
}
