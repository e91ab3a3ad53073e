import type { AnswerChoice, Event, MissingField, RunEscalationReason, RunInputRequestedV1 } from '@countersign/contracts';
import { canonicalJson, deterministicId, parseTimestamp, sha256, timestamp, type Instant, type Sha256, type StepId } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import { stagesOf } from '../decision/stages.js';
import { firstCause } from '../first-cause.js';
import type { OutputOf } from '../output.js';
import { cut } from '../room.js';
import { MAX_REASON_LENGTH } from './constants.js';
import type { PlanContext } from './plan-context.js';
import type { OpenQuestion, RunFailure, RunState, StepState } from './run-state.js';

/** What can be said to each. Nothing else can: an answer is one of these, and never a grant. */
export const CHOICES: Readonly<Record<RunEscalationReason, readonly AnswerChoice[]>> = {
  'data.missing': ['answer', 'stop'],
  'confidence.low': ['resume', 'stop'],
  'policy.denied': ['resume', 'stop'],
  'retries.exhausted': ['resume', 'stop'],
  'effect.diverged': ['accept', 'stop'],
  'effect.unknown': ['done', 'not-done', 'stop'],
};

/** What a run has to ask before it goes on or ends. */
export interface Question {
  readonly reason: RunEscalationReason;
  readonly step: StepId;
  readonly tool?: string;
  readonly message: string;
  readonly fields?: readonly MissingField[];
  readonly otherwise: RunFailure['outcome'];
}

/** How a step ended, without the reason that the question names beside it: why a call was never proposed begins with its code. */
const withoutCode = (text: string, code: string): string => (text.startsWith(`${code}: `) ? text.slice(code.length + 2) : text);

/** What is to be asked about how a step ended; nothing where the contract has it asked of nobody, somebody was asked already, or no time is left. */
export const questionAbout = (run: Pick<RunState, 'deadline'>, step: StepId, known: StepState | undefined, { escalation }: AgentContract, { now }: Pick<PlanContext, 'now'>): Question | undefined => {
  if (known?.status !== 'ended' || !known.asks || known.settled || now >= run.deadline || !escalation?.reasons.includes(known.asks)) return undefined;
  const { asks: reason, outcome, missing: fields } = known;
  if (outcome === 'succeeded' || outcome === 'skipped') return undefined;
  return { reason, step, message: withoutCode(known.reason ?? outcome, reason), otherwise: outcome, ...(fields && { fields }) };
};

/** Ids and hashes of the events that an event came from. */
const causesOf = (causes: string): RunInputRequestedV1['evidence'] =>
  causes
    .split(' ')
    .flatMap((one) => firstCause(one) ?? [])
    .map(({ id, sha256: hash }) => ({ id, sha256: hash as Sha256 }));

/** What made it be asked. */
export interface Trigger {
  readonly id: string;
  readonly causes: string;
}

/** What is written of it. A question never outlives its run. */
export const inputRequested = (run: Pick<RunState, 'run' | 'tenant' | 'workflow' | 'deadline'>, question: Question, trigger: Trigger, { escalation }: AgentContract, context: Pick<PlanContext, 'now' | 'controls'>): readonly OutputOf<'countersign.run.input-requested'>[] => {
  if (!escalation) return [];
  const { tenant, workflow, run: id } = run;
  const { reason, step, tool, message, fields, otherwise } = question;
  const deadline = Math.min(context.now + escalation.within, run.deadline) as Instant;
  const data: RunInputRequestedV1 = {
    escalation: deterministicId('escalation', id, step, trigger.id),
    reason,
    step,
    ...(tool !== undefined && { tool }),
    message: cut(message, MAX_REASON_LENGTH),
    evidence: causesOf(trigger.causes),
    choices: [...CHOICES[reason]],
    ...(fields && { fields: [...fields] }),
    role: escalation.role,
    ...stagesOf(escalation, deadline, context),
    otherwise,
    deadline: timestamp(deadline),
  };
  return [{ type: 'countersign.run.input-requested', tenant, workflow, run: id, step, data }];
};

/** Hash of what a person reads and answers. */
export const hashOfQuestion = (question: object): Sha256 => sha256(canonicalJson(question));

/** As the planner remembers it. */
export const openQuestion = ({ time, data }: Event<'countersign.run.input-requested'>, cause: OpenQuestion['cause']): OpenQuestion => {
  const { escalation, reason, step, message, choices, fields, role, escalateTo, remindAt, escalateAt, deadline, otherwise } = data;
  const at = (text: string | undefined): Instant | undefined => (text === undefined ? undefined : parseTimestamp(text));
  const [reminds, escalates] = [at(remindAt), at(escalateAt)];
  return {
    escalation,
    asked: hashOfQuestion(data),
    reason,
    step,
    message,
    choices,
    ...(fields && { fields }),
    role,
    ...(escalateTo && { escalateTo }),
    ...(reminds !== undefined && { remindAt: reminds }),
    ...(escalates !== undefined && { escalateAt: escalates }),
    deadline: at(deadline) ?? at(time) ?? (0 as Instant),
    otherwise: otherwise as RunFailure['outcome'],
    cause,
  };
};
