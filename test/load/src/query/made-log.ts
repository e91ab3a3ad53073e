import { encodeEvent, newEvent, type Event, type EventData, type EventType } from '@countersign/contracts';
import { agentPrincipal, humanPrincipal, upstreamPrincipal } from '@countersign/identity';
import { canonicalJson, runIdOf, sha256, timestamp, type Instant, type KeyId, type MicroUsd, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import type { ProjectionBatch } from '@countersign/read-model';

/** What runs are made of, the first ones far more often than the last: a log has a few busy tenants, tools and rules, and many that are seldom seen. */
const TENANTS = 20;
const WORKFLOWS = 10;
const TOOLS = 40;
const RULES = 60;
const APPROVERS = 30;
/** One run in so many asks people. */
const ASKED_EVERY = 6;
/** What only one run has, and an old one. */
export const NEEDLE = 'needle';
const NEEDLE_AT = 1_000;
/** Of 100 runs, how they end; the rest as `succeeded`. */
const OUTCOMES = { denied: 6, failed: 4, unverified: 1 } as const;
/** 2026-01-02T03:04:05.000Z; one run a minute from there on. */
export const BEGAN = 1_767_323_045_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The newest so many runs are still open. */
const OPEN = 200;
const HASH = sha256('the bench');
const MS_PER_SECOND = 1_000;
const WRITERS = { tasks: 'gateway', proposals: 'planner', decisions: 'policy', approvals: 'approvals', executions: 'executor' } as const;

/** Different irrational steps through the unit interval: even, repeatable, and independent of each other. */
const STREAMS = { tenant: 0.618_033_988, workflow: 0.754_877_666, tool: 0.569_840_291, rule: 0.324_717_957, approver: 0.220_744_084, cost: 0.841_470_984, outcome: 0.430_159_709 } as const;
const shareOf = (stream: keyof typeof STREAMS, nth: number): number => (nth * STREAMS[stream]) % 1;
/** The first of `count` half as often again as the second, and so on. */
const pick = (stream: keyof typeof STREAMS, nth: number, count: number): number => Math.floor(count * shareOf(stream, nth) ** 3);

interface MadeRun {
  readonly tenant: Tenant;
  readonly workflow: Workflow;
  readonly tool: string;
  readonly rule: string;
  readonly approver: string;
  readonly microUsd: MicroUsd;
  readonly outcome: EventData<'countersign.run.closed'>['outcome'];
  readonly asks: boolean;
  readonly isOpen: boolean;
}

const outcomeOf = (nth: number): MadeRun['outcome'] => {
  let left = shareOf('outcome', nth) * 100;
  for (const [outcome, share] of Object.entries(OUTCOMES)) {
    if (left < share) return outcome as keyof typeof OUTCOMES;
    left -= share;
  }
  return 'succeeded';
};

const madeRun = (nth: number, of: number): MadeRun => {
  const isNeedle = nth === NEEDLE_AT;
  return {
    tenant: `tenant-${pick('tenant', nth, TENANTS)}` as Tenant,
    workflow: `workflow-${pick('workflow', nth, WORKFLOWS)}` as Workflow,
    tool: isNeedle ? `${NEEDLE}.write` : `tool-${pick('tool', nth, TOOLS)}.write`,
    rule: isNeedle ? NEEDLE : `rule-${pick('rule', nth, RULES)}`,
    approver: isNeedle ? NEEDLE : `person-${pick('approver', nth, APPROVERS)}`,
    microUsd: (isNeedle ? 9_000_000 : 100 + Math.floor(shareOf('cost', nth) ** 4 * 900_000)) as MicroUsd,
    outcome: isNeedle ? 'succeeded' : outcomeOf(nth),
    asks: isNeedle || nth % ASKED_EVERY === 0,
    isOpen: nth >= of - OPEN,
  };
};

/** A log of so many runs, as services would have written it: every event whole and valid, apart from its signatures, which nobody reads here. */
export class MadeLog {
  private readonly batches = new Map<string, { from: number; records: ProjectionBatch['records'][number][] }>();
  private readonly ends = new Map<string, number>();
  events = 0;

  constructor(private readonly runs: number) {}

  /** What `count` runs from the `first` one on add to each topic. */
  write(first: number, count: number): readonly ProjectionBatch[] {
    this.batches.clear();
    for (let nth = first; nth < Math.min(first + count, this.runs); nth += 1) this.run(nth);
    return [...this.batches].map(([topic, { from, records }]) => ({ topic, partition: 0, from, next: this.ends.get(topic) ?? from, reader: '', records, rejected: [] }));
  }

  private run(nth: number): void {
    const { tenant, workflow, tool, rule, approver, microUsd, outcome, asks, isOpen } = madeRun(nth, this.runs);
    const task = { task: `task-${nth}`, source: '/bench/query' };
    const run = runIdOf(tenant, workflow, task.source, task.task);
    const [subject, agent] = [upstreamPrincipal(tenant), agentPrincipal(tenant, workflow, workflow)];
    const begins = BEGAN + nth * MINUTE_MS;
    let at = begins;
    const runDeadline = timestamp((begins + HOUR_MS) as Instant);
    const add = <Type extends EventType>(topic: keyof typeof WRITERS, type: Type, data: EventData<Type>, step?: string): void => {
      at += 1;
      this.add(topic, newEvent({ service: WRITERS[topic], type, data, subject: `${nth} ${step} ${at}`, tenant, workflow, run, now: at as Instant, ...(step !== undefined && { step: step as StepId }) }) as Event, at);
    };
    const contract = { id: workflow, version: 1, hash: HASH };
    add('tasks', 'countersign.task.submitted', { ...task, upstreamType: 'bench.query', upstreamTime: timestamp(begins as Instant), subject, input: { customer: `cus_${nth}`, amount_cents: nth }, extensions: {}, contract });
    add('proposals', 'countersign.run.started', { ...task, contract, playbook: contract, agent, subject, input: { customer: `cus_${nth}`, amount_cents: nth }, deadline: runDeadline });
    const act = (step: string, called: string, effect: 'read' | 'write', rules: string[], used: MicroUsd): void => {
      const action = { tenant, workflow, run, step: step as StepId, tool: called, toolContractHash: HASH, args: { customer: `cus_${nth}`, amount_cents: nth }, destination: 'payments', idempotencyKey: `key-${nth}-${step}`, dryRun: false };
      const of = { jti: `grant-${nth}-${step}`, actionHash: sha256(canonicalJson(action)) };
      add('proposals', 'countersign.action.proposed', { action, actionHash: of.actionHash, effect, after: [], agent, subject, contractHash: HASH, runDeadline }, step);
      if (effect === 'write' && outcome === 'denied') return add('decisions', 'countersign.action.denied', { action, actionHash: of.actionHash, reasons: [{ rule, code: 'rule.forbids', message: 'the bench says no' }], policySet: HASH, controlEpoch: 1 }, step);
      if (effect === 'write' && asks) {
        const asked = { approval: `approval-${nth}`, action, actionHash: of.actionHash, reasons: [{ rule, code: 'rule.asks', message: 'the bench asks' }], tier: 2, quorum: 1, roles: ['finance'], deadline: runDeadline, sub: subject, act: agent };
        add('decisions', 'countersign.approval.required', { ...asked, policySet: HASH, controlEpoch: 1, day: '2026-01-02', month: '2026-01', runDeadline }, step);
        add('approvals', 'countersign.approval.requested', { ...asked, authors: [] }, step);
        add('approvals', 'countersign.approval.vote-cast', { approval: asked.approval, actionHash: of.actionHash, voter: humanPrincipal(approver), choice: 'approve', vote: { value: '{}', jws: 'e30..AA' } }, step);
        add('approvals', 'countersign.approval.granted', { approval: asked.approval, actionHash: of.actionHash, votes: [] }, step);
      }
      const iat = Math.floor(at / MS_PER_SECOND);
      add('decisions', 'countersign.action.allowed', { ...of, action, iss: 'policy', aud: 'executor', sub: subject, act: agent, iat, exp: iat + 60, cnf: HASH.slice(0, 16) as KeyId, policySet: HASH, controlEpoch: 1, reservation: { microUsd: used, toolCalls: 1, writes: 1, records: 1, retries: 2, wallClockMs: 0, day: '2026-01-02', month: '2026-01' }, rules, votes: [], tier: 0, quorum: 0, roles: [], runDeadline }, step);
      add('executions', 'countersign.attempt.started', { ...of, attempt: 1, tool: called, toolContractHash: HASH, exp: iat + 60, idempotencyKey: action.idempotencyKey, startsAt: timestamp(at as Instant), deadline: runDeadline, runDeadline, afterUnknown: false }, step);
      const answer = { ...of, attempt: 1, outsideId: `out-${nth}-${step}`, latencyMs: nth % 100, usedMicroUsd: used };
      if (effect === 'write' && outcome === 'failed') return add('executions', 'countersign.action.failed', { ...of, attempt: 1, code: 'http.409', latencyMs: 9, retrying: false }, step);
      add('executions', 'countersign.action.succeeded', { ...answer, result: { id: answer.outsideId }, readBack: effect === 'write' }, step);
      if (effect === 'write' && outcome === 'succeeded') add('executions', 'countersign.action.verified', { ...answer, found: HASH }, step);
      if (effect === 'write' && outcome === 'unverified') add('executions', 'countersign.action.diverged', { ...answer, faults: [{ pointer: '/amount_cents', message: 'differs from what was asked for' }] }, step);
      add('proposals', 'countersign.step.observed', { outcome: 'succeeded', result: { id: answer.outsideId }, usedMicroUsd: used }, step);
    };
    act('look', 'crm.customer.get', 'read', [`contract.${workflow}`], 0 as MicroUsd);
    if (isOpen) return;
    act('act', tool, 'write', [`contract.${workflow}`, rule], microUsd);
    add('proposals', 'countersign.run.closed', { ...task, outcome, reason: 'every step is done', cost: { promptTokens: 0, completionTokens: 0, microUsd }, sideEffects: [], events: { count: 15, root: HASH } });
  }

  private add(topic: string, event: Event, timestampMs: number): void {
    const offset = this.ends.get(topic) ?? 0;
    this.ends.set(topic, offset + 1);
    const batch = this.batches.get(topic) ?? { from: offset, records: [] };
    this.batches.set(topic, batch);
    const value = encodeEvent(event);
    batch.records.push({ topic, partition: 0, offset, timestamp: timestampMs, sha256: sha256(value), known: { value, event } });
    this.events += 1;
  }
}
