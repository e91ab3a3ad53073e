import type { Late, Moment, Outgoing, Received, Step } from '@countersign/bus';
import { HEADERS, type Cause, type Event, type EventType } from '@countersign/contracts';
import {
  decideApproval,
  dueApprovals,
  evolveApprovals,
  freezeApprovals,
  initialApprovals,
  nextApprovalDeadline,
  slackKeysAt,
  thawApprovals,
  type ApprovalState,
  type ControlState,
} from '@countersign/domain';
import { isBallot, verifyBallot } from '@countersign/identity';
import { CountersignError, millis, type Instant } from '@countersign/kernel';

/** People take seconds at the least; at 50 runs a second it saves two of three fetches. */
const LINGER = millis(50);

/** What policy asks, tells or takes back, what the executor says would change, and what people sign. */
export const APPROVALS_INPUTS = [
  'countersign.approval.required',
  'countersign.action.allowed',
  'countersign.action.denied',
  'countersign.context.closed',
  'countersign.action.previewed',
  'countersign.ballot.cast',
  'countersign.escalation.called',
  'countersign.delegation.given',
  'countersign.consent.given',
  'countersign.standing.withdrawn',
] as const satisfies readonly EventType[];

/** Asks people and counts what they sign. It never decides alone: a vote is worth what its signature is worth. */
export class ApprovalsHandler implements Step<ApprovalState, ControlState> {
  readonly service = 'approvals';
  /** 1: stages, delegations and consents. */
  readonly stateVersion = 1;
  readonly linger = LINGER;

  initialState(): ApprovalState {
    return initialApprovals();
  }

  /** Throws `VOTE_INVALID` for a ballot that nobody of the directory has signed: it becomes a dead letter. Of others it is told why they do not count. */
  handle({ event, record }: Received, state: ApprovalState, { now, controls }: Moment<ControlState>): readonly Outgoing[] {
    if (!isBallot(event)) return decideApproval(event, state, { now, controls });
    const signed = { value: String(record.value), jws: String(record.headers[HEADERS.personSignature]) };
    const check = verifyBallot(signed, controls.active?.approvers?.document ?? { people: [] }, slackKeysAt(controls, record.timestamp as Instant));
    if (!check.ok) throw new CountersignError('VOTE_INVALID', `${check.code}: ${check.message}`);
    return decideApproval(event, state, { now, controls, word: { ...signed, recordedAt: record.timestamp as Instant } });
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
