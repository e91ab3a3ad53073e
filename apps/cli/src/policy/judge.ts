import type { Event } from '@countersign/contracts';
import { consider, type ControlState, type DecisionState, type Question, type Verdict, type Vote } from '@countersign/domain';
import { requestOf } from '@countersign/evaluation';
import type { Instant } from '@countersign/kernel';
import { NO_APPROVALS, type Approvals, type DecisionRequest, type PreparedPolicy } from '@countersign/policy-engines';
import { writtenArgumentFaults, periodsOf } from '@countersign/tools';

/** What policy says to a proposal, and on what it rests. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Absent where the proposal is denied before rules are looked at. */
  readonly question?: Question;
  readonly request?: DecisionRequest;
}

export interface Court {
  readonly controls: ControlState;
  readonly policy: PreparedPolicy;
  readonly now: Instant;
  /** Votes that answer, should people be asked; counted at the tier that they are asked at. */
  readonly votes?: readonly Vote[];
}

/** Decides a proposal as policy does: the checks that no rule can lift, then the rules. `undefined` where it decides nothing now. */
export const judge = (proposal: Event<'countersign.action.proposed'>, state: DecisionState, { controls, policy, now, votes = [] }: Court): Judgement | undefined => {
  const considered = consider(proposal, state, { now, controls, argumentFaults: writtenArgumentFaults, periodsOf });
  if (!considered) return undefined;
  const { question, faults } = considered;
  if (!question) return faults.length > 0 ? { verdict: { effect: 'deny', reasons: faults } } : undefined;
  const decide = (approvals: Approvals): Judgement & { readonly request: DecisionRequest } => {
    const request = requestOf(question, { controls, now, approvals });
    return { verdict: policy.decide(request), question, request };
  };
  const first = decide(NO_APPROVALS);
  return first.verdict.effect === 'ask' && votes.length > 0 ? decide({ tier: first.verdict.tier, votes }) : first;
};
