import { newEvent, type Event } from '@countersign/contracts';
import { actionHashOf, contractFor, toolNamed, trustDomainOf, type ControlState, type DecisionState, type Verdict } from '@countersign/domain';
import { agentPrincipal } from '@countersign/identity';
import { millis, parseTimestamp, timestamp, type Instant, type Principal } from '@countersign/kernel';
import type { PreparedPolicy } from '@countersign/policy-engines';
import { judge, type Judgement } from '../judge.js';
import type { Decided, DecisionEvent } from './walk-decisions.js';

/** Under what a decision is made again. */
export interface Bench {
  readonly controls: ControlState;
  readonly policy: PreparedPolicy;
  readonly trustDomain?: string | undefined;
}

/** When policy decided. */
export const decidedAt = ({ time }: Pick<Event, 'time'>): Instant => parseTimestamp(time) ?? (0 as Instant);

/** The proposal named another agent or subject than the run's. A decision does not repeat what it named, and no rule can make it right. */
const FALSE_CLAIMS: ReadonlySet<string> = new Set(['subject.differs', 'agent.unknown']);

const falseClaims = (event: DecisionEvent): Verdict | undefined => {
  if (event.type !== 'countersign.action.denied') return undefined;
  const reasons = event.data.reasons.filter(({ rule, code }) => rule === 'action' && FALSE_CLAIMS.has(code));
  return reasons.length > 0 ? { effect: 'deny', reasons } : undefined;
};

/** What was recorded, as a verdict. */
export const recordedVerdict = (event: DecisionEvent): Verdict => {
  switch (event.type) {
    case 'countersign.action.allowed':
      return { effect: 'allow', rules: event.data.rules };
    case 'countersign.action.denied':
      return { effect: 'deny', reasons: event.data.reasons };
    case 'countersign.approval.required': {
      const { reasons, tier, quorum, roles, deadline } = event.data;
      return { effect: 'ask', reasons, tier, quorum, roles, within: millis(Math.max(0, (parseTimestamp(deadline) ?? 0) - decidedAt(event))) };
    }
  }
};

/**
 * The proposal that a decision answered, as the planner would make it under these controls: a tool whose file has changed is proposed by
 * its new one. A decision carries the whole action; whom the run acts for and until when, policy has from the task itself.
 */
const proposalOf = ({ event, state }: Decided, { controls, trustDomain }: Bench): Event<'countersign.action.proposed'> => {
  const { action: recorded, actionHash } = event.data;
  const { tenant, workflow, run, step, args, idempotencyKey, dryRun } = recorded;
  const tool = toolNamed(controls, recorded.tool);
  const action = tool ? { tenant, workflow, run, step, tool: recorded.tool, toolContractHash: tool.hash, args, destination: tool.document.connection, idempotencyKey, dryRun } : recorded;
  const isWhole = actionHashOf(recorded) === actionHash;
  const context = state.contexts.get(run);
  const contract = contractFor(controls, tenant, workflow);
  const now = decidedAt(event);
  return newEvent({
    service: 'planner',
    type: 'countersign.action.proposed',
    tenant: event.tenant,
    workflow: event.workflow,
    run: event.run,
    step: event.step,
    now,
    data: {
      action,
      actionHash: isWhole ? actionHashOf(action) : actionHash,
      effect: tool?.document.effect ?? 'write',
      after: [],
      agent: agentPrincipal(tenant, workflow, contract?.document.id ?? step, context ? trustDomainOf(context.subject) : trustDomain),
      subject: context?.subject ?? ('' as Principal),
      contractHash: contract?.hash ?? recorded.toolContractHash,
      runDeadline: event.type === 'countersign.action.denied' ? timestamp(context?.deadline ?? now) : event.data.runDeadline,
    },
  });
};

/** The state in which the action is not open: one that was put off is decided when its time has come. */
const beforeDecision = ({ event, state }: Decided): DecisionState => {
  const { actionHash } = event.data;
  return state.open.has(actionHash) ? { ...state, open: new Map([...state.open].filter(([hash]) => hash !== actionHash)) } : state;
};

/** What policy would have said with what it knew then; `undefined` where it would have decided nothing. */
export const decideAgain = (decided: Decided, bench: Bench): Judgement | undefined => {
  const claimed = falseClaims(decided.event);
  if (claimed) return { verdict: claimed };
  return judge(proposalOf(decided, bench), beforeDecision(decided), { controls: bench.controls, policy: bench.policy, now: decidedAt(decided.event) });
};
