import type { Event, EventData, Reason } from '@countersign/contracts';
import { canonicalJson, sha256 } from '@countersign/kernel';
import type { ActionRow } from '../tables.js';
import { timeAt, timeOf, type Patch } from './patch.js';

const MILLIS_PER_SECOND = 1_000;

const actionPatch = (event: Event, row: Partial<ActionRow>): readonly Patch[] => {
  const { run, step } = event;
  return run === undefined || step === undefined ? [] : [{ table: 'actions', row: { run, step, ...row } }];
};

/** From `proposals`. `at` is Kafka's timestamp, milliseconds. */
export const actionProposed = (event: Event<'countersign.action.proposed'>, at: number): readonly Patch[] => {
  const { action, actionHash, effect } = event.data;
  return actionPatch(event, {
    proposal: 'proposed',
    tool: action.tool,
    effect,
    destination: action.destination,
    action_hash: actionHash,
    args_hash: sha256(canonicalJson(action.args)),
    proposed_at: timeOf(event.time, at),
  });
};

/** From `proposals`. */
export const proposalRejected = (event: Event<'countersign.proposal.rejected'>, at: number): readonly Patch[] => {
  const { tool, code, message, faults } = event.data;
  const reasons = [{ rule: 'schema', code, message }, ...faults.map((fault) => ({ rule: 'schema', code, message: `${fault.pointer} ${fault.message}` }))];
  return actionPatch(event, {
    proposal: 'invalid',
    ...(tool === undefined ? {} : { tool }),
    proposed_at: timeOf(event.time, at),
    proposal_reasons: JSON.stringify(reasons),
  });
};

/** From `proposals`. */
export const stepObserved = (event: Event<'countersign.step.observed'>, at: number): readonly Patch[] =>
  actionPatch(event, { observed: event.data.outcome, observed_at: timeOf(event.time, at) });

/** The rules that a decision names, each once. */
const rulings = ({ run }: Event, rules: readonly string[]): readonly Patch[] => (run === undefined ? [] : [...new Set(rules)].map((rule) => ({ table: 'rulings', row: { rule, run } })));

/** From `decisions`. */
export const actionAllowed = (event: Event<'countersign.action.allowed'>, at: number): readonly Patch[] => {
  const { jti, exp, approval, rules } = event.data;
  const allowed = actionPatch(event, {
    decision: 'allowed',
    decided_at: timeOf(event.time, at),
    decision_reasons: '[]',
    grant_jti: jti,
    grant_expires_at: timeAt(exp * MILLIS_PER_SECOND),
    ...(approval === undefined ? {} : { approval }),
  });
  return [...allowed, ...rulings(event, rules)];
};

const rulesIn = (reasons: readonly Reason[]): readonly string[] => reasons.map(({ rule }) => rule);

/** From `decisions`. */
export const actionDenied = (event: Event<'countersign.action.denied'>, at: number): readonly Patch[] => [
  ...actionPatch(event, { decision: 'denied', decided_at: timeOf(event.time, at), decision_reasons: JSON.stringify(event.data.reasons), grant_jti: '' }),
  ...rulings(event, rulesIn(event.data.reasons)),
];

/** From `decisions`. */
export const approvalRequired = (event: Event<'countersign.approval.required'>, at: number): readonly Patch[] => {
  const { approval, reasons, policySet } = event.data;
  const asked = actionPatch(event, { decision: 'asked', decided_at: timeOf(event.time, at), decision_reasons: JSON.stringify(reasons), approval, grant_jti: '' });
  return [...asked, { table: 'approvals', row: { id: approval, policy_set: policySet } }, ...rulings(event, rulesIn(reasons))];
};

/** From `decisions`. It stands as put off since it first was. */
export const decisionDeferred = (event: Event<'countersign.decision.deferred'>, at: number): readonly Patch[] => {
  const { stop, at: again, since, approval } = event.data;
  const held = stop?.scope === 'all' ? 'all' : `${stop?.scope}:${stop?.value}`;
  const reason = stop
    ? { rule: held, code: 'deferred.stop', message: `the mode of ${held} holds it` }
    : again !== undefined
      ? { rule: 'tool', code: 'deferred.tool', message: `its tool is not called before ${again}` }
      : { rule: 'outcomes', code: 'deferred.outcomes', message: 'an earlier action of the run has no outcome yet' };
  return actionPatch(event, {
    decision: 'deferred',
    decided_at: timeOf(since, at),
    decision_reasons: JSON.stringify([reason]),
    grant_jti: '',
    ...(approval === undefined ? {} : { approval }),
  });
};

/** From `decisions`. Nobody answering is not the same as somebody saying no. */
export const decisionLapsed = (event: Event<'countersign.decision.lapsed'>, at: number): readonly Patch[] => {
  const { approval, reason, message } = event.data;
  const decision = reason === 'rejected' ? 'disapproved' : reason;
  return actionPatch(event, {
    decision,
    decided_at: timeOf(event.time, at),
    decision_reasons: JSON.stringify([{ rule: 'approval', code: `approval.${reason}`, message }]),
    approval,
    grant_jti: '',
  });
};

/** From `executions`. */
export const attemptStarted = (event: Event<'countersign.attempt.started'>, at: number): readonly Patch[] =>
  actionPatch(event, {
    execution: 'running',
    execution_jti: event.data.jti,
    executed_at: timeOf(event.time, at),
    execution_ended: false,
    execution_code: '',
    attempt_deadline: timeOf(event.data.deadline, at),
  });

type Fruitful = 'action.succeeded' | 'action.verified' | 'action.diverged';

/** From `executions`. A read-back's latency is not the call's. */
export const actionDone = (event: Event<`countersign.${Fruitful}`>, at: number): readonly Patch[] => {
  const { jti, outsideId, usedMicroUsd } = event.data;
  const isAnswer = event.type === 'countersign.action.succeeded';
  return actionPatch(event, {
    execution: isAnswer ? 'succeeded' : event.type === 'countersign.action.verified' ? 'verified' : 'diverged',
    execution_jti: jti,
    executed_at: timeOf(event.time, at),
    execution_ended: !isAnswer || !event.data.readBack,
    execution_code: '',
    used_micro_usd: usedMicroUsd,
    ...(outsideId === undefined ? {} : { outside_id: outsideId }),
    ...(isAnswer ? { latency_ms: event.data.latencyMs } : {}),
  });
};

const fruitless = (event: Event, { jti, code, latencyMs }: Pick<EventData<'countersign.action.failed'>, 'jti' | 'code' | 'latencyMs'>, at: number, row: Partial<ActionRow>): readonly Patch[] =>
  actionPatch(event, { execution_jti: jti, executed_at: timeOf(event.time, at), execution_code: code, latency_ms: latencyMs, ...row });

/** From `executions`. */
export const actionFailed = (event: Event<'countersign.action.failed'>, at: number): readonly Patch[] =>
  fruitless(event, event.data, at, { execution: 'failed', execution_ended: !event.data.retrying });

/** From `executions`. */
export const actionUnknown = (event: Event<'countersign.action.unknown'>, at: number): readonly Patch[] =>
  fruitless(event, event.data, at, { execution: 'unknown', execution_ended: !event.data.resolving });

/** From `executions`. */
export const grantRefused = (event: Event<'countersign.grant.refused'>, at: number): readonly Patch[] =>
  actionPatch(event, { execution: 'refused', execution_jti: event.data.jti, executed_at: timeOf(event.time, at), execution_ended: true, execution_code: event.data.code });
