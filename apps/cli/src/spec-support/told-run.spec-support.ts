import { actionHashOf, formatCause, newEvent, servicePrincipal, type Action, type Event, type EventData, type EventType } from '@countersign/contracts';
import { runIdOf, seconds, sha256, timestamp, type Instant, type JsonObject, type KeyId, type MicroUsd, type Principal, type Sha256, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { Logged } from '../runs/logged.js';

const TENANT = 'acme' as Tenant;
const WORKFLOW = 'refund-desk' as Workflow;
const SOURCE = '/helpdesk/tickets';
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal;
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;
/** 2026-01-02T03:00:00.000Z */
export const TOLD_AT = Date.parse('2026-01-02T03:00:00.000Z');
const WRITERS = { tasks: 'gateway', proposals: 'planner', decisions: 'policy', approvals: 'approvals', executions: 'executor' } as const;
const POLICY_SET = sha256('policy set');
const HOUR_MS = 3_600_000;

export interface ToldTask {
  readonly task?: string;
  readonly input?: JsonObject;
  readonly contract?: number;
  /** Hashes of the tool contracts in force, by name of the tool. */
  readonly tools?: Readonly<Record<string, Sha256>>;
  readonly untrusted?: boolean;
}

/** One run, told event by event as services write it, a tenth of a second apart. */
export class ToldRun {
  readonly log: Logged[] = [];
  private now = TOLD_AT;
  private grants = 0;
  private readonly offsets = new Map<string, number>();
  private readonly task: string;
  private readonly tools: Readonly<Record<string, Sha256>>;
  private readonly contract: { readonly id: string; readonly version: number; readonly hash: Sha256 };
  private action!: Action;
  private agreed: Pick<EventData<'countersign.action.allowed'>, 'approval' | 'votes' | 'tier' | 'quorum' | 'roles'> = { votes: [], tier: 0, quorum: 0, roles: [] };

  constructor({ task = 'HD-1', input = { ticket: 'HD-1', charge_id: 'ch_1', amount_cents: 4_900 }, contract = 6, tools = {}, untrusted = false }: ToldTask = {}) {
    this.task = task;
    this.tools = tools;
    this.contract = { id: 'refund-desk', version: contract, hash: sha256(`contract ${contract}`) };
    this.add('tasks', 'countersign.task.submitted', { task, source: SOURCE, upstreamType: 'refund.requested', upstreamTime: timestamp(this.now as Instant), subject: UPSTREAM, input, extensions: {}, contract: this.contract });
    this.add('decisions', 'countersign.context.opened', { subject: UPSTREAM, contract: this.contract, taskEpoch: 3, deadline: this.deadline, words: [], facts: [], untrusted, sensitive: false });
    this.add('proposals', 'countersign.run.started', { task, source: SOURCE, contract: this.contract, playbook: { id: 'refund-desk', version: 1, hash: sha256('playbook') }, agent: AGENT, subject: UPSTREAM, input, deadline: this.deadline });
  }

  get run() {
    return runIdOf(TENANT, WORKFLOW, SOURCE, this.task);
  }

  private get deadline(): string {
    return timestamp((TOLD_AT + HOUR_MS) as Instant);
  }

  private get of() {
    return { jti: `grant-${this.task}-${this.grants}`, actionHash: actionHashOf(this.action) };
  }

  private get attempt() {
    return { ...this.of, attempt: 1 };
  }

  add<Type extends EventType>(topic: keyof typeof WRITERS, type: Type, data: EventData<Type>, step?: string): this {
    const service = WRITERS[topic];
    const last = this.log.at(-1);
    const event = newEvent({ service, actor: servicePrincipal(service), type, data, tenant: TENANT, workflow: WORKFLOW, run: this.run, now: this.now as Instant, ...(step !== undefined && { step: step as StepId }), subject: `${type} ${this.now}` }) as Event;
    const offset = (this.offsets.get(topic) ?? 0) + 1;
    this.offsets.set(topic, offset);
    const causes = last ? formatCause({ id: last.event.id, topic: last.log.split('/')[0] ?? '', offset: last.offset, sha256: last.sha256 }) : '';
    this.log.push({ log: `${topic}/0`, offset, sha256: sha256(event.id), event: { ...event, causes } });
    this.now += 100;
    return this;
  }

  /** People need longer than services. */
  pass(count: number): this {
    this.now += seconds(count);
    return this;
  }

  proposed(step: string, tool: string, effect: 'read' | 'write', args: JsonObject, destination = 'payments'): this {
    this.action = { tenant: TENANT, workflow: WORKFLOW, run: this.run, step: step as StepId, tool, toolContractHash: this.tools[tool] ?? sha256(tool), args, destination, idempotencyKey: `key-${this.task}-${step}`, dryRun: false };
    return this.add('proposals', 'countersign.action.proposed', { action: this.action, actionHash: this.of.actionHash, effect, after: [], agent: AGENT, subject: UPSTREAM, contractHash: this.contract.hash, runDeadline: this.deadline }, step);
  }

  refund(args: JsonObject = { charge_id: 'ch_1', amount_cents: 4_900, reason: 'it came back' }): this {
    return this.proposed('refund', 'payments.refund', 'write', args);
  }

  /** Where people have been asked it is their votes that decided: the rule that asked them allows nothing. */
  allowed(): this {
    this.grants += 1;
    const iat = Math.floor(this.now / 1_000);
    return this.add('decisions', 'countersign.action.allowed', { ...this.of, action: this.action, iss: 'policy', aud: 'executor', sub: UPSTREAM, act: AGENT, iat, exp: iat + 60, cnf: '0123456789abcdef' as KeyId, policySet: POLICY_SET, controlEpoch: 3, reservation: { microUsd: 2_000 as MicroUsd, toolCalls: 1, writes: 1, records: 1, retries: 2, wallClockMs: 0, day: '2026-01-02', month: '2026-01' }, rules: ['contract.refund-desk'], ...this.agreed, runDeadline: this.deadline }, this.action.step);
  }

  denied(rule: string, message: string): this {
    return this.add('decisions', 'countersign.action.denied', { action: this.action, actionHash: this.of.actionHash, reasons: [{ rule, code: 'rule.forbids', message }], policySet: POLICY_SET, controlEpoch: 3 }, this.action.step);
  }

  /** Policy asks people of finance. */
  asked(rule = 'refund_requires_approval', message = 'amount_usd is above 100.00'): this {
    const asked = { approval: `approval-${this.task}`, action: this.action, actionHash: this.of.actionHash, reasons: [{ rule, code: 'rule.asks', message }], tier: 2, quorum: 1, roles: ['finance'], deadline: this.deadline, sub: UPSTREAM, act: AGENT };
    this.add('decisions', 'countersign.approval.required', { ...asked, policySet: POLICY_SET, controlEpoch: 3, day: '2026-01-02', month: '2026-01', runDeadline: this.deadline }, this.action.step);
    return this.add('approvals', 'countersign.approval.requested', { ...asked, authors: [] }, this.action.step);
  }

  /** So many seconds after the question. */
  answered(name: string, choice: 'approve' | 'deny', after: number): this {
    const { approval, actionHash } = { approval: `approval-${this.task}`, actionHash: this.of.actionHash };
    const voter = `spiffe://countersign.local/human/${name}` as Principal;
    const vote = { value: '{}', jws: 'e30..AA' };
    this.pass(after).add('approvals', 'countersign.approval.vote-cast', { approval, actionHash, voter, choice, vote }, this.action.step);
    if (choice === 'approve') this.agreed = { approval, votes: [vote], tier: 2, quorum: 1, roles: ['finance'] };
    return choice === 'approve'
      ? this.add('approvals', 'countersign.approval.granted', { approval, actionHash, votes: [] }, this.action.step)
      : this.add('approvals', 'countersign.approval.rejected', { approval, actionHash, by: voter, reason: 'not this one' }, this.action.step);
  }

  started(): this {
    return this.add('executions', 'countersign.attempt.started', { ...this.attempt, tool: this.action.tool, toolContractHash: this.action.toolContractHash, exp: Math.floor(this.now / 1_000) + 60, idempotencyKey: this.action.idempotencyKey, startsAt: timestamp(this.now as Instant), deadline: this.deadline, runDeadline: this.deadline, afterUnknown: false }, this.action.step);
  }

  succeeded(result: JsonObject, outsideId?: string, readBack = true): this {
    return this.started().add('executions', 'countersign.action.succeeded', { ...this.attempt, result, ...(outsideId !== undefined && { outsideId }), latencyMs: 12, usedMicroUsd: 2_000 as MicroUsd, readBack }, this.action.step);
  }

  verified(outsideId?: string): this {
    return this.add('executions', 'countersign.action.verified', { ...this.attempt, found: sha256('found'), ...(outsideId !== undefined && { outsideId }), latencyMs: 7, usedMicroUsd: 2_000 as MicroUsd }, this.action.step);
  }

  diverged(outsideId: string): this {
    return this.add('executions', 'countersign.action.diverged', { ...this.attempt, faults: [{ pointer: '/amount_cents', message: 'differs from what was asked for' }], outsideId, latencyMs: 7, usedMicroUsd: 2_000 as MicroUsd }, this.action.step);
  }

  /** What the planner saw, and until when it can be undone. */
  observed(outcome: EventData<'countersign.step.observed'>['outcome'] = 'succeeded', undo?: EventData<'countersign.step.observed'>['undo']): this {
    return this.add('proposals', 'countersign.step.observed', { outcome, usedMicroUsd: 2_000 as MicroUsd, ...(undo && { undo }) }, this.action.step);
  }

  closed(outcome: EventData<'countersign.run.closed'>['outcome'] = 'succeeded', sideEffects: EventData<'countersign.run.closed'>['sideEffects'] = []): this {
    return this.add('proposals', 'countersign.run.closed', { task: this.task, source: SOURCE, outcome, reason: outcome === 'succeeded' ? 'every step is done' : `it ended as ${outcome}`, cost: { promptTokens: 0, completionTokens: 0, microUsd: 2_000 as MicroUsd }, sideEffects, events: { count: this.log.length, root: sha256('root') } });
  }

  /** A refund that nobody was asked about, from the task to its end. */
  refunded(refund = 're_1'): this {
    return this.refund().allowed().succeeded({ refund_id: refund, amount_cents: 4_900 }, refund).verified(refund).observed().closed('succeeded', [{ step: 'refund' as StepId, tool: 'payments.refund', outsideId: refund, state: 'verified' }]);
  }
}
