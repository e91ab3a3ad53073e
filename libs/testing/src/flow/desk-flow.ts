import { newEvent, type Event, type EventData } from '@countersign/contracts';
import {
  consider,
  decideAction,
  decideApproval,
  decideCall,
  decideDue,
  decideGrant,
  decidePreview,
  decidePreviewGrant,
  decideReadBack,
  decideRun,
  dueApprovals,
  dueDecision,
  dueRuns,
  evolveApprovals,
  evolveDecisions,
  evolveExecutions,
  evolveRuns,
  freezeApprovals,
  freezeDecisions,
  freezeExecutions,
  freezeRuns,
  initialApprovals,
  initialDecisions,
  initialExecutions,
  initialRuns,
  nextApprovalDeadline,
  nextDecision,
  nextRunDeadline,
  openExecutionWork,
  stopCheck,
  thawApprovals,
  thawDecisions,
  thawExecutions,
  thawRuns,
  workForExecution,
  type ApprovalState,
  type CallOutcome,
  type ControlState,
  type DecisionState,
  type ExecutionContext,
  type ExecutionState,
  type ExecutionWork,
  type PlanContext,
  type PlannerState,
  type PreviewOutcome,
  type Question,
  type ReadBackOutcome,
  type Verdict,
} from '@countersign/domain';
import { days, parseTimestamp, sha256, type Instant, type Sha256 } from '@countersign/kernel';
import { UTC_PERIODS } from '../refund-desk.js';
import type { FlowCore, FlowLog } from './flow-service.js';

export type { FlowCore } from './flow-service.js';
import type { CallFault, Payments } from './payments.js';

/** What is in force now. */
export type Controls = () => ControlState;

const argumentFaults = (): readonly [] => [];
const eventRoot = (ids: readonly string[]): ReturnType<typeof sha256> => sha256(ids.join(' '));

export const plannerFlow = (controls: Controls): FlowCore<PlannerState> => {
  const at = (now: Instant): PlanContext => ({ now, controls: controls(), trustDomain: 'countersign.local', argumentFaults, eventRoot });
  return {
    service: 'planner',
    inputs: ['tasks', 'decisions', 'executions'],
    initialState: initialRuns,
    evolve: evolveRuns,
    handle: ({ event }, state, now) => decideRun(event, state, at(now)),
    nextDue: nextRunDeadline,
    due: (state, now) => dueRuns(state, at(now)),
    freeze: freezeRuns,
    thaw: thawRuns,
  };
};

/** More than 100 dollars need a person; nothing is refunded to the charge `ch_frozen`. */
const verdictOn = ({ action, votes }: Question): Verdict => {
  if (action.args['charge'] === 'ch_frozen') return { effect: 'deny', reasons: [{ rule: 'frozen', code: 'rule.forbids', message: 'the charge is frozen' }] };
  if (Number(action.args['amount_cents'] ?? 0) <= 10_000 || votes.length > 0) return { effect: 'allow', rules: [] };
  return { effect: 'ask', reasons: [], tier: 2, quorum: 1, roles: ['finance'], within: days(7) };
};

export const policyFlow = (controls: Controls): FlowCore<DecisionState> => ({
  service: 'policy',
  inputs: ['tasks', 'proposals', 'approvals', 'executions'],
  initialState: initialDecisions,
  evolve: evolveDecisions,
  handle: ({ event }, state, now) => {
    const context = { now, controls: controls(), argumentFaults, periodsOf: UTC_PERIODS };
    const considered = consider(event, state, context);
    return decideAction(event, considered, state, { ...context, ...(considered?.question && { verdict: verdictOn(considered.question) }) });
  },
  nextDue: (state) => nextDecision(state, controls()),
  due: (state, now) => {
    const context = { now, controls: controls(), argumentFaults, periodsOf: UTC_PERIODS };
    const due = dueDecision(state, context);
    const question = due?.considered.question;
    return due ? [decideDue(due, state, { ...context, ...(question && { verdict: verdictOn(question) }) })] : [];
  },
  freeze: freezeDecisions,
  thaw: thawDecisions,
});

export const approvalsFlow = (controls: Controls): FlowCore<ApprovalState> => ({
  service: 'approvals',
  inputs: ['decisions', 'executions', 'ballots'],
  initialState: initialApprovals,
  evolve: evolveApprovals,
  handle: ({ event }, state, now) => decideApproval(event, state, { now, controls: controls(), word: { value: event.id, jws: 'signed', recordedAt: parseTimestamp(event.time) ?? now } }),
  nextDue: nextApprovalDeadline,
  due: (state, now) => dueApprovals(state, { now }),
  freeze: freezeApprovals,
  thaw: thawApprovals,
});

export type ExecutorResult = { readonly call: CallOutcome } | { readonly look: ReadBackOutcome } | { readonly preview: PreviewOutcome };

/** What the executor decides and remembers; whoever has it calls tools in a way of their own. */
export const executorCore = (controls: Controls, partitions = 1): Omit<FlowCore<ExecutionState, ExecutorResult>, 'perform'> => {
  const at = (now: Instant): ExecutionContext => ({ now, controls: controls(), partitions });
  return {
    service: 'executor',
    inputs: ['decisions'],
    initialState: initialExecutions,
    evolve: evolveExecutions,
    handle: ({ event }, state, now) => {
      if (event.type === 'countersign.approval.required') return decidePreviewGrant(event, { ok: true }, state, at(now));
      return event.type === 'countersign.action.allowed' ? decideGrant(event, { ok: true }, state, at(now)) : [];
    },
    workFor: (state, { event, cause }) => workForExecution(state, event, cause),
    openWork: openExecutionWork,
    done: (work, result, state, now) => ('preview' in result ? decidePreview(work, result.preview, state) : 'call' in result ? decideCall(work, result.call, state, at(now)) : decideReadBack(work, result.look, state, at(now))),
    freeze: freezeExecutions,
    thaw: thawExecutions,
  };
};

/** `fault` says what goes wrong with the next call. */
export const executorFlow = (controls: Controls, log: FlowLog, payments: Payments, fault: () => CallFault): FlowCore<ExecutionState, ExecutorResult> => {
  const grantOf = (work: ExecutionWork): Event<'countersign.action.allowed'> => {
    const grant: Event | undefined = log.get('decisions')?.[work.grant.offset]?.event;
    if (grant?.type !== 'countersign.action.allowed') throw new Error('the work names no grant');
    return grant;
  };
  const questionAt = (work: ExecutionWork): Event<'countersign.approval.required'> => {
    const question: Event | undefined = log.get('decisions')?.[work.grant.offset]?.event;
    if (question?.type !== 'countersign.approval.required') throw new Error('the work names no question');
    return question;
  };
  return {
    ...executorCore(controls),
    perform: (work) => {
      if (work.kind === 'preview') return { preview: payments.preview(questionAt(work).data.action.args) };
      const grant = grantOf(work);
      const { tool, args, idempotencyKey } = grant.data.action;
      if (work.kind === 'interrupted') return { call: { kind: 'interrupted' } };
      if (work.kind === 'read-back') return { look: payments.look(idempotencyKey, args) };
      const stop = stopCheck(grant.data, controls());
      if (!stop.ok) return { call: { kind: 'not-sent', code: stop.code, latencyMs: 0 } };
      if (tool === 'charges.get') return { call: { kind: 'answered', status: 200, faults: [], result: { status: 'paid' }, latencyMs: 1 } };
      return { call: payments.refund(idempotencyKey, args, fault()) };
    },
  };
};

/** A person answers what was asked, as often as `times` says. */
export const ballotsFor = (requested: Event<'countersign.approval.requested'>, voter: EventData<'countersign.ballot.cast'>['voter'], times: number, now: Instant, previewHash?: Sha256): readonly Event[] => {
  const { tenant, workflow, run, step, data } = requested;
  const { approval, actionHash } = data;
  return Array.from({ length: times }, (_, index) =>
    newEvent({ service: 'operator', type: 'countersign.ballot.cast', tenant, workflow, run, step, subject: `${approval}/${index}`, now, data: { approval, actionHash, choice: 'approve', voter, reason: 'checked', ...(previewHash !== undefined && { previewHash }) } }),
  );
};
