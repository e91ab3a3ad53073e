import { encodeEvent, FLOW, newEvent, SERVICES, type Cause, type Event, type EventData, type EventType, type Topic } from '@countersign/contracts';
import { canonicalJson, runIdOf, sha256, type Instant, type KeyId, type MicroUsd, type Principal, type RunId, type Sha256, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { ProjectedRecord, ProjectionBatch } from './projected-event.js';

export const TENANT = 'acme' as Tenant;
export const WORKFLOW = 'refund-desk' as Workflow;
export const ADA = 'spiffe://countersign.local/human/ada' as Principal;
export const BOB = 'spiffe://countersign.local/human/bob' as Principal;
export const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;
export const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal;
export const CONTRACT = { id: 'refund-desk', version: 1, hash: 'c0'.repeat(32) as Sha256 };
const HASH = '3b'.repeat(32) as Sha256;
/** 2026-01-02T03:04:05.000Z */
export const START = 1_767_323_045_000;

/** A log that is written event by event, one millisecond apart, in the order in which services would write it. */
export class GivenLog {
  readonly records: ProjectedRecord[] = [];
  /** When what is written next happens, where that matters. */
  at?: number;
  private readonly ends = new Map<string, number>();

  append<Type extends EventType>(topic: Topic, partition: number, type: Type, data: EventData<Type>, run?: RunId, step?: string): Cause {
    const last = this.records.at(-1);
    const trigger: Cause | undefined = last?.known && last.partition === partition ? { id: last.known.event.id, topic: last.topic, offset: last.offset, sha256: last.sha256 } : undefined;
    const now = (this.at ?? START + this.records.length) as Instant;
    const service = SERVICES.find((name) => !FLOW[topic].writers.includes('operator') && FLOW[topic].writers.includes(name)) ?? 'operator';
    const event = newEvent({ service, trigger, type, data, now, ...(run ? { tenant: TENANT, workflow: WORKFLOW, run } : {}), ...(step ? { step: step as StepId } : {}) });
    const value = encodeEvent(event);
    const place = `${topic}/${partition}`;
    // Two offsets an event: logs have gaps where claims were.
    const offset = (this.ends.get(place) ?? 0) + 1;
    this.ends.set(place, offset + 1);
    const hash = sha256(value);
    this.records.push({ topic, partition, offset, timestamp: now, sha256: hash, known: { value, event: event as Event } });
    return { id: event.id, topic, offset, sha256: hash };
  }

  /** Everything as one batch for each topic partition. */
  batches(): readonly ProjectionBatch[] {
    const places = Map.groupBy(this.records, ({ topic, partition }) => `${topic}/${partition}`);
    return [...places.values()].map((records) => batchOf(records, 0));
  }
}

/** A batch that begins at `from` and ends behind its last record. */
export const batchOf = (records: readonly ProjectedRecord[], from: number): ProjectionBatch => {
  const { topic, partition, offset } = records.at(-1) ?? { topic: 'tasks', partition: 0, offset: from };
  return { topic, partition, from, next: offset + 1, reader: `{"e":0,"s":${records.length}}`, records, rejected: [] };
};

/** One run of one write, told step by step. */
export class GivenRun {
  readonly id: RunId;
  readonly approval: string;
  private grants = 0;

  constructor(
    readonly log: GivenLog,
    readonly task: string,
    readonly partition = 0,
    readonly step = 'refund',
  ) {
    this.id = runIdOf(TENANT, WORKFLOW, '/helpdesk/tickets', task);
    this.approval = `approval-${task}`;
  }

  private get about() {
    return { jti: `grant-${this.task}-${this.grants}`, actionHash: sha256(canonicalJson(this.action)) };
  }

  get action() {
    return {
      tenant: TENANT,
      workflow: WORKFLOW,
      run: this.id,
      step: this.step as StepId,
      tool: 'payments.refund',
      toolContractHash: HASH,
      args: { charge: 'ch_1', amount_cents: 1200 },
      destination: 'payments',
      idempotencyKey: `key-${this.task}`,
      dryRun: false,
    };
  }

  private add<Type extends EventType>(topic: Topic, type: Type, data: EventData<Type>, step?: string): this {
    this.log.append(topic, this.partition, type, data, this.id, step);
    return this;
  }

  submitted(): this {
    const task = { task: this.task, source: '/helpdesk/tickets' };
    const data = { ...task, upstreamType: 'refund.requested', upstreamTime: '2026-01-02T03:04:05.000Z', subject: UPSTREAM, input: { note: 'a\u0000b' }, extensions: {}, contract: CONTRACT };
    return this.add('tasks', 'countersign.task.submitted', data);
  }

  started(): this {
    const playbook = { id: 'refund', version: 1, hash: HASH };
    return this.add('proposals', 'countersign.run.started', { task: this.task, source: '/helpdesk/tickets', contract: CONTRACT, playbook, agent: AGENT, subject: UPSTREAM, input: {}, deadline: '2026-01-02T04:04:05.000Z' });
  }

  /** The run of an order to undo an action of another. */
  undoing(undoes: { readonly run: RunId; readonly step: StepId }): this {
    return this.add('proposals', 'countersign.run.started', { task: this.task, source: '/countersign/undo', contract: CONTRACT, agent: AGENT, subject: ADA, input: {}, undoes, deadline: '2026-01-02T04:04:05.000Z' });
  }

  proposed(): this {
    const { actionHash } = this.about;
    const data = { action: this.action, actionHash, effect: 'write' as const, after: [], agent: AGENT, subject: UPSTREAM, contractHash: CONTRACT.hash, runDeadline: '2026-01-02T04:04:05.000Z' };
    return this.add('proposals', 'countersign.action.proposed', data, this.step);
  }

  invalid(): this {
    const data = { tool: 'payments.refund', code: 'args.invalid', message: 'the arguments break the schema of the tool', faults: [{ pointer: '/amount_cents', message: 'must be integer' }] };
    return this.add('proposals', 'countersign.proposal.rejected', data, this.step);
  }

  allowed(expires = '2026-01-02T03:05:05.000Z'): this {
    this.grants += 1;
    const exp = Date.parse(expires) / 1_000;
    const data = { ...this.about, action: this.action, iss: 'policy' as const, aud: 'executor' as const, sub: UPSTREAM, act: AGENT, iat: exp - 60, exp, cnf: '0123456789abcdef' as KeyId, policySet: HASH, controlEpoch: 1, reservation: { microUsd: 0 as MicroUsd, toolCalls: 1, writes: 1, records: 1, retries: 2, wallClockMs: 0, day: '2026-01-02', month: '2026-01' }, rules: [], votes: [], tier: 0, quorum: 0, roles: [], runDeadline: '2026-01-02T04:04:05.000Z' };
    return this.add('decisions', 'countersign.action.allowed', data, this.step);
  }

  denied(): this {
    const { actionHash } = this.about;
    const reasons = [{ rule: 'no_bulk_export', code: 'rule.forbids', message: 'rows is above 1000' }];
    return this.add('decisions', 'countersign.action.denied', { action: this.action, actionHash, reasons, policySet: HASH, controlEpoch: 1 }, this.step);
  }

  deferred(until: 'outcomes' | 'stop' | 'tool', since = '2026-01-02T03:04:05.000Z'): this {
    const { actionHash } = this.about;
    const stop = until === 'stop' ? { stop: { scope: 'tenant' as const, value: TENANT } } : until === 'tool' ? { at: '2026-01-02T03:04:35.000Z' } : {};
    const data = { action: this.action, actionHash, sub: UPSTREAM, act: AGENT, until, ...stop, effect: 'write' as const, since, controlEpoch: 1, votes: [], tier: 0, quorum: 0, roles: [], runDeadline: '2026-01-02T04:04:05.000Z' };
    return this.add('decisions', 'countersign.decision.deferred', data, this.step);
  }

  private get question() {
    const { actionHash } = this.about;
    const reasons = [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }];
    return { approval: this.approval, action: this.action, actionHash, reasons, tier: 2, quorum: 1, roles: ['finance'], deadline: '2026-01-02T03:34:05.000Z', sub: UPSTREAM, act: AGENT };
  }

  asked(): this {
    return this.add('decisions', 'countersign.approval.required', { ...this.question, policySet: HASH, controlEpoch: 1, day: '2026-01-02', month: '2026-01', runDeadline: '2026-01-02T04:04:05.000Z' }, this.step);
  }

  requested(): this {
    return this.add('approvals', 'countersign.approval.requested', { ...this.question, escalateTo: ['lead'], authors: [], preview: 'pending' }, this.step);
  }

  previewed(): this {
    const { approval, actionHash } = this.question;
    return this.add('approvals', 'countersign.approval.previewed', { approval, actionHash, preview: { kind: 'dry-run', changes: [{ field: 'refunded', now: 0, after: 25_000, unit: 'usd-cents' }], hash: HASH } }, this.step);
  }

  /** Only Ada, for whom the run acts, can answer. */
  confirmationRequested(): this {
    return this.add('approvals', 'countersign.approval.requested', { ...this.question, authors: [], tier: 1, roles: [], confirmation: true, sub: ADA }, this.step);
  }

  voted(voter: Principal, choice: 'approve' | 'deny'): this {
    const { actionHash } = this.about;
    return this.add('approvals', 'countersign.approval.vote-cast', { approval: this.approval, actionHash, voter, choice, vote: { value: '{}', jws: 'e30..AA' } }, this.step);
  }

  granted(): this {
    const { actionHash } = this.about;
    return this.add('approvals', 'countersign.approval.granted', { approval: this.approval, actionHash, votes: [] }, this.step);
  }

  rejected(by: Principal): this {
    const { actionHash } = this.about;
    return this.add('approvals', 'countersign.approval.rejected', { approval: this.approval, actionHash, by, reason: 'the customer withdrew' }, this.step);
  }

  expired(): this {
    const { actionHash } = this.about;
    return this.add('approvals', 'countersign.approval.expired', { approval: this.approval, actionHash, deadline: '2026-01-02T03:34:05.000Z' }, this.step);
  }

  escalated(): this {
    return this.add('approvals', 'countersign.approval.escalated', { approval: this.approval, to: ['lead'], why: 'time', deadline: '2026-01-02T03:34:05.000Z' }, this.step);
  }

  private get escalation(): string {
    return `escalation-${this.task}`;
  }

  /** The run asks what became of its step. */
  inputRequested(): this {
    const data = { escalation: this.escalation, reason: 'effect.unknown' as const, step: this.step as StepId, tool: 'payments.refund', message: 'nobody knows whether it was done', evidence: [{ id: 'event-1', sha256: HASH }], choices: ['done' as const, 'not-done' as const, 'stop' as const], role: 'finance', escalateTo: ['support'], otherwise: 'unknown' as const, deadline: '2026-01-02T03:34:05.000Z' };
    return this.add('proposals', 'countersign.run.input-requested', data, this.step);
  }

  inputClaimed(by: Principal): this {
    return this.add('proposals', 'countersign.run.input-claimed', { escalation: this.escalation, by, until: '2026-01-02T03:14:05.000Z' }, this.step);
  }

  inputReminded(): this {
    return this.add('proposals', 'countersign.run.input-reminded', { escalation: this.escalation, deadline: '2026-01-02T03:34:05.000Z' }, this.step);
  }

  inputEscalated(): this {
    return this.add('proposals', 'countersign.run.input-escalated', { escalation: this.escalation, to: ['support'], deadline: '2026-01-02T03:34:05.000Z' }, this.step);
  }

  inputAnswered(by: Principal): this {
    return this.add('proposals', 'countersign.run.input-answered', { escalation: this.escalation, asked: HASH, by, reason: 'there is no such refund', word: { value: '{}', jws: 'e30..AA' }, choice: 'not-done', step: this.step as StepId }, this.step);
  }

  inputExpired(): this {
    return this.add('proposals', 'countersign.run.input-expired', { escalation: this.escalation, step: this.step as StepId, deadline: '2026-01-02T03:34:05.000Z' }, this.step);
  }

  /** Somebody stands in for a while, and has said yes beforehand; then both are over. */
  stoodFor(by: Principal): this {
    const word = { value: '{}', jws: 'e30..AA' };
    const [delegation, consent] = [`delegation-${this.task}`, `consent-${this.task}`];
    return this.add('approvals', 'countersign.approval.delegated', { delegation, by, to: ADA, roles: ['finance'], from: '2026-01-02T03:04:05.000Z', until: '2026-01-03T03:04:05.000Z', word })
      .add('approvals', 'countersign.approval.consented', { consent, by, name: 'the outage', tools: ['payments.refund'], tier: 2, until: '2026-01-02T03:34:05.000Z', word })
      .add('approvals', 'countersign.approval.standing-ended', { standing: delegation, why: 'withdrawn' });
  }

  lapsed(reason: 'expired' | 'rejected'): this {
    const { actionHash } = this.about;
    return this.add('decisions', 'countersign.decision.lapsed', { approval: this.approval, actionHash, reason, message: 'nobody answered in time' }, this.step);
  }

  attempted(attempt = 1): this {
    return this.add('executions', 'countersign.attempt.started', { ...this.about, attempt, tool: 'payments.refund', toolContractHash: HASH, exp: 1_767_323_105, idempotencyKey: `key-${this.task}`, startsAt: '2026-01-02T03:04:05.000Z', deadline: '2026-01-02T03:04:35.000Z', runDeadline: '2026-01-02T04:04:05.000Z', afterUnknown: attempt > 1 }, this.step);
  }

  succeeded(readBack = true): this {
    return this.add('executions', 'countersign.action.succeeded', { ...this.about, attempt: 1, result: { refund: 're_1' }, outsideId: 're_1', latencyMs: 12, usedMicroUsd: 2_000 as MicroUsd, readBack }, this.step);
  }

  verified(): this {
    return this.add('executions', 'countersign.action.verified', { ...this.about, attempt: 1, found: HASH, latencyMs: 7, usedMicroUsd: 2_000 as MicroUsd }, this.step);
  }

  unknown(resolving: boolean): this {
    return this.add('executions', 'countersign.action.unknown', { ...this.about, attempt: 1, code: 'TOOL_TIMEOUT', latencyMs: 5_000, resolving, readBack: false }, this.step);
  }

  failed(retrying: boolean): this {
    return this.add('executions', 'countersign.action.failed', { ...this.about, attempt: 1, code: 'http.409', latencyMs: 9, retrying }, this.step);
  }

  refused(code: string): this {
    return this.add('executions', 'countersign.grant.refused', { ...this.about, code, mayBeDone: false, message: 'the grant was valid until 2026-01-02T03:05:05.000Z' }, this.step);
  }

  observed(outcome: 'succeeded' | 'skipped' | 'unknown' = 'succeeded'): this {
    return this.add('proposals', 'countersign.step.observed', { outcome, usedMicroUsd: 2_000 as MicroUsd }, this.step);
  }

  /** `undoneBy`: the step that undid its one write. */
  closed(outcome: EventData<'countersign.run.closed'>['outcome'], undoneBy?: string): this {
    const data = { task: this.task, source: '/helpdesk/tickets', outcome, reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd: 2_000 as MicroUsd }, sideEffects: undoneBy === undefined ? [] : [{ step: this.step as StepId, tool: 'payments.refund', state: 'verified' as const, undoneBy: undoneBy as StepId }], events: { count: 8, root: HASH } };
    return this.add('proposals', 'countersign.run.closed', data);
  }
}

/** Ways that a run can go, from its task to its end. */
export const HISTORIES: Readonly<Record<string, (run: GivenRun) => GivenRun>> = {
  done: (run) => run.submitted().started().proposed().allowed().attempted().succeeded().verified().observed().closed('succeeded'),
  denied: (run) => run.submitted().started().proposed().denied().closed('denied'),
  invalid: (run) => run.submitted().started().invalid().closed('invalid'),
  compensated: (run) => run.submitted().started().proposed().allowed().attempted().succeeded().verified().observed().closed('compensated', `undo-${run.step}`),
  approved: (run) => run.submitted().started().proposed().asked().requested().previewed().voted(ADA, 'approve').granted().allowed().attempted().succeeded(false).closed('succeeded'),
  disapproved: (run) => run.submitted().started().proposed().asked().requested().voted(ADA, 'deny').rejected(ADA).lapsed('rejected').closed('disapproved'),
  unanswered: (run) => run.submitted().started().proposed().asked().requested().escalated().stoodFor(ADA).expired().lapsed('expired').closed('expired'),
  grantedTwice: (run) => run.submitted().started().proposed().allowed().refused('expired').allowed().attempted().unknown(true).attempted(2).succeeded().verified().closed('succeeded'),
  grantedThenDenied: (run) => run.submitted().started().proposed().allowed().refused('expired').denied().closed('denied'),
  pausedThenDone: (run) => run.submitted().started().proposed().allowed().refused('mode').deferred('stop').allowed().attempted().succeeded().verified().closed('succeeded'),
  queued: (run) => run.submitted().started().proposed().deferred('stop'),
  queuedLater: (run) => run.submitted().started().proposed().deferred('stop', '2026-01-02T03:14:05.000Z'),
  waiting: (run) => run.submitted().started().proposed().deferred('outcomes'),
  submittedTwice: (run) => run.submitted().submitted().started().proposed(),
  asking: (run) => run.submitted().started().proposed().allowed().attempted().unknown(false).observed('unknown').inputRequested().inputReminded().inputClaimed(ADA).inputEscalated(),
  answered: (run) => run.submitted().started().proposed().allowed().attempted().unknown(false).observed('unknown').inputRequested().inputClaimed(ADA).inputAnswered(ADA).proposed().allowed().attempted().succeeded(false).closed('succeeded'),
  unheard: (run) => run.submitted().started().proposed().allowed().attempted().unknown(false).observed('unknown').inputRequested().inputExpired().closed('unknown'),
  open: (run) => run.submitted().started().proposed().asked().requested(),
};
