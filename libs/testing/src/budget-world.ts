import { newEvent, type Event, type EventData, type EventType, type Tries } from '@countersign/contracts';
import {
  actionHashOf,
  consider,
  decideAction,
  decideDue,
  dueDecision,
  evolveDecisions,
  initialDecisions,
  nextDecision,
  type AgentContract,
  type Budgets,
  type ControlState,
  type DecisionContext,
  type DecisionState,
  type Fallbacks,
  type Output,
  type ToolContract,
  type Verdict,
} from '@countersign/domain';
import { hours, idempotencyKeyOf, runIdOf, sha256, timestamp, type Instant, type JsonObject, type MicroUsd, type RunId, type StepId } from '@countersign/kernel';
import { but, NOW, write, writtenAt, type Core, type Written } from './given.js';
import { ACME, AGENT, CONTRACT, controlsWith, GET_CHARGE, hashOfDocument, REFUND, REFUND_DESK, taskSubmitted, UPSTREAM, UTC_PERIODS } from './refund-desk.js';

/** What the specs of budgets speak of: policy's core alone, in which any number of runs press on what a contract lets them use. */

export const policyCore: Core<DecisionState> = { service: 'policy', initialState: initialDecisions, evolve: evolveDecisions };

export const ALLOW: Verdict = { effect: 'allow', rules: [] };

export interface BudgetOptions {
  readonly budgets?: Partial<Budgets>;
  readonly fallbacks?: Partial<Fallbacks>;
  readonly tools?: readonly ToolContract[];
}

export type Granted = EventData<'countersign.action.allowed'>;
export type Asked = EventData<'countersign.approval.required'>;

/** Policy's partition, decided input by input. */
export class BudgetDesk {
  now: Instant = NOW;
  verdict: Verdict = ALLOW;
  controls: ControlState;
  state: DecisionState = initialDecisions();
  readonly log: Written[] = [];
  readonly contract: AgentContract;
  #inputs = 0;

  constructor({ budgets = {}, fallbacks = {}, tools = [GET_CHARGE, REFUND] }: BudgetOptions = {}) {
    this.contract = {
      ...CONTRACT,
      tools: { read: tools.filter(({ effect }) => effect === 'read').map(({ id }) => id), write: tools.filter(({ effect }) => effect === 'write').map(({ id }) => id) },
      budgets: { ...CONTRACT.budgets, ...budgets },
      fallbacks: { ...CONTRACT.fallbacks, ...fallbacks },
      timeouts: { run: hours(1_000) },
    };
    this.controls = controlsWith({ contracts: [this.contract], tools });
  }

  /** A task was admitted. */
  open(task: string, subject = UPSTREAM): RunId {
    const { event } = taskSubmitted({ task, contract: this.contract });
    if (event.type === 'countersign.task.submitted') this.handle({ ...event, data: but(event.data, { subject }) }, 'tasks');
    return runIdOf(ACME, REFUND_DESK, '/helpdesk', task);
  }

  propose(run: RunId, id: string, tool: ToolContract = REFUND, args: JsonObject = { charge: `ch_${id}`, amount_cents: 1_200 }): readonly Output[] {
    const step = id as StepId;
    const action = { tenant: ACME, workflow: REFUND_DESK, run, step, tool: tool.id, toolContractHash: hashOfDocument(tool), args, destination: tool.connection, idempotencyKey: idempotencyKeyOf(ACME, run, step), dryRun: false };
    const subject = this.state.contexts.get(run)?.subject ?? UPSTREAM;
    return this.#hear('countersign.action.proposed', run, step, 'proposals', { action, actionHash: actionHashOf(action), effect: tool.effect, after: [], agent: AGENT, subject, contractHash: hashOfDocument(this.contract), runDeadline: timestamp((this.now + hours(900)) as Instant) });
  }

  /** The newest grant of a step. */
  grant(run: RunId, step: string): Granted {
    const found = [...this.state.grants.values()].find(({ action }) => action.run === run && action.step === step);
    const event = this.log.findLast(({ event: { type, data } }) => type === 'countersign.action.allowed' && 'jti' in data && data.jti === found?.jti)?.event;
    if (event?.type !== 'countersign.action.allowed') throw new Error(`nothing is granted to ${step}`);
    return event.data;
  }

  verify(run: RunId, step: string, tries: Tries = { calls: 1, errors: 0 }): readonly Output[] {
    const { jti, actionHash, reservation } = this.grant(run, step);
    return this.#hear('countersign.action.verified', run, step as StepId, 'executions', { jti, actionHash, attempt: 1, found: sha256('found'), latencyMs: 1, usedMicroUsd: reservation.microUsd, tries });
  }

  fail(run: RunId, step: string, tries: Tries = { calls: 1, errors: 1 }): readonly Output[] {
    const { jti, actionHash } = this.grant(run, step);
    return this.#hear('countersign.action.failed', run, step as StepId, 'executions', { jti, actionHash, attempt: 1, code: 'http.503', latencyMs: 1, retrying: false, tries });
  }

  lose(run: RunId, step: string): readonly Output[] {
    const { jti, actionHash } = this.grant(run, step);
    return this.#hear('countersign.action.unknown', run, step as StepId, 'executions', { jti, actionHash, attempt: 1, code: 'TOOL_TIMEOUT', latencyMs: 1, resolving: false, readBack: false });
  }

  refuse(run: RunId, step: string, code = 'expired', mayBeDone = false): readonly Output[] {
    const { jti, actionHash } = this.grant(run, step);
    return this.#hear('countersign.grant.refused', run, step as StepId, 'executions', { jti, actionHash, code, message: code, mayBeDone });
  }

  /** People say yes to the question about a step. */
  approve(run: RunId, step: string): readonly Output[] {
    const ask = this.ask(run, step);
    return this.#hear('countersign.approval.granted', run, step as StepId, 'approvals', { approval: ask.approval, actionHash: ask.actionHash, votes: [{ value: `yes to ${ask.approval}`, jws: 'e30..AA' }] });
  }

  /** Nobody answers it. */
  expire(run: RunId, step: string): readonly Output[] {
    const ask = this.ask(run, step);
    return this.#hear('countersign.approval.expired', run, step as StepId, 'approvals', { approval: ask.approval, actionHash: ask.actionHash, deadline: timestamp(this.now) });
  }

  ask(run: RunId, step: string): Asked {
    const found = [...this.state.asks.values()].find(({ action }) => action.run === run && action.step === step);
    const event = this.log.findLast(({ event: { type, data } }) => type === 'countersign.approval.required' && 'approval' in data && data.approval === found?.approval)?.event;
    if (event?.type !== 'countersign.approval.required') throw new Error(`nobody is asked about ${step}`);
    return event.data;
  }

  close(run: RunId): readonly Output[] {
    const data: EventData<'countersign.run.closed'> = { task: 'one', source: '/helpdesk', outcome: 'succeeded', reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd }, sideEffects: [], events: { count: 0, root: sha256('') } };
    return this.handle(newEvent({ service: 'planner', type: 'countersign.run.closed', tenant: ACME, workflow: REFUND_DESK, run, now: this.now, subject: `${(this.#inputs += 1)}`, data }), 'proposals');
  }

  /** What has to be decided though nothing was heard. */
  due(): readonly Output[] {
    const all: Output[] = [];
    for (;;) {
      const next = nextDecision(this.state, this.controls);
      const found = next !== undefined && next <= this.now ? dueDecision(this.state, this.#context()) : undefined;
      if (!found) return all;
      const { cause, outgoing } = decideDue(found, this.state, this.#context());
      this.#write(cause, outgoing);
      all.push(...outgoing);
    }
  }

  /** Policy's state, as a new owner makes it from the log. */
  get folded(): DecisionState {
    return this.log.reduce((state, { event, cause }) => evolveDecisions(state, event, cause), initialDecisions());
  }

  handle(event: Event, topic: string): readonly Output[] {
    const considered = consider(event, this.state, this.#context());
    const outputs = decideAction(event, considered, this.state, this.#context());
    this.#write(writtenAt(event, topic, (this.#inputs += 1)).cause, outputs);
    return outputs;
  }

  #context(): DecisionContext {
    return { now: this.now, controls: this.controls, argumentFaults: () => [], periodsOf: UTC_PERIODS, verdict: this.verdict };
  }

  #write(cause: Written['cause'], outputs: readonly Output[]): void {
    const written = write('policy', cause, outputs, this.log.length, this.now);
    this.log.push(...written);
    for (const each of written) this.state = evolveDecisions(this.state, each.event, each.cause);
  }

  #hear<Type extends EventType>(type: Type, run: RunId, step: StepId, topic: string, data: EventData<Type>): readonly Output[] {
    const service = topic === 'proposals' ? 'planner' : topic === 'approvals' ? 'approvals' : 'executor';
    return this.handle(newEvent({ service, type, tenant: ACME, workflow: REFUND_DESK, run, step, now: this.now, subject: `${(this.#inputs += 1)}`, data }) as Event, topic);
  }
}

/** What a spec says of outputs: types without their prefix, with reasons. */
export const inShort = (outputs: readonly Output[]): readonly string[] =>
  outputs.map(({ type, data }) => [type.slice('countersign.'.length), ...('reasons' in data ? data.reasons.map(({ code }) => code) : [])].join(' '));

/** A tool that costs so much. */
export const costing = (tool: ToolContract, cost: number): ToolContract => ({ ...tool, cost: cost as MicroUsd });
