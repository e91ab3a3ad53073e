import { describe, expect, it } from 'vitest';
import { generateKeyPairSync, sign } from 'node:crypto';
import { signBatch, type Epoch, type Service } from '@countersign/contracts';
import type { KeyId } from '@countersign/kernel';
import { taskOf, type ChaosTask } from '../chaos-task.ts';
import { compareStates, finalStates } from './final-state.ts';
import { LogJudge } from './log-judge.ts';
import type { RawRecord } from './record.ts';
import { judgeTasks, type Evidence, type RefundRow } from './verdict.ts';

const NAMESPACE = 'countersign';
const SERVICE_OF: Readonly<Record<string, string>> = { tasks: 'gateway', 'outcomes.acme': 'gateway', proposals: 'planner', decisions: 'policy', executions: 'executor' };
const IDS: Readonly<Record<string, string>> = { gateway: '0000000000000001', planner: '0000000000000002', policy: '0000000000000003', executor: '0000000000000004' };
const PAIRS = Object.fromEntries(Object.keys(IDS).map((service) => [service, generateKeyPairSync('ed25519')]));
const KEYS = new Map(Object.entries(IDS).map(([service, id]) => [id, { service, publicKey: (PAIRS[service] ?? fail()).publicKey }]));

function fail(): never {
  throw new Error('no such service');
}

interface Written {
  readonly topic: string;
  readonly epoch: Epoch;
  readonly seq?: number;
  readonly by?: string;
  readonly body: Record<string, unknown>;
}

/** A log that is written as the services would, one record a batch, in partition 0 of each topic. */
class Log {
  readonly records: RawRecord[] = [];
  readonly #next = new Map<string, number>();

  write({ topic, epoch, seq = 0, by = SERVICE_OF[topic] ?? '', body }: Written): RawRecord {
    const offset = this.#next.get(topic) ?? 0;
    this.#next.set(topic, offset + 1);
    const key = Buffer.from('acme/lane-0');
    const value = Buffer.from(JSON.stringify(body));
    const signer = { service: by as Service, key: (IDS[by] ?? '') as KeyId, sign: (bytes: Uint8Array) => sign(null, bytes, (PAIRS[by] ?? fail()).privateKey) };
    const [signature = ''] = signBatch({ topic: `${NAMESPACE}.${topic}`, partition: 0, epoch, firstSeq: seq, records: [{ key, value }], signer });
    const record = { topic, partition: 0, offset, key, value, headers: { 'cs-sig': Buffer.from(signature), 'cs-epoch': Buffer.from(String(epoch)) } };
    this.records.push(record);
    return record;
  }

  claim(topic: string, after: number): RawRecord {
    const id = IDS[SERVICE_OF[topic] ?? ''];
    return this.write({ topic, epoch: 'claim', body: { type: 'countersign.claim', id: `claim-${topic}-${after}-${this.records.length}`, causes: '', data: { after, key: id, instance: `${topic}-x` } } });
  }

  judged(): LogJudge {
    const judge = new LogJudge(KEYS, NAMESPACE);
    for (const record of this.records) judge.take(record);
    judge.finish();
    return judge;
  }
}

const TASK: ChaosTask = taskOf(1, '/chaos/storm', ['lane-0'], () => 'ch_1');
const RUN = 'run-1';
const REFUND: RefundRow = { id: 're_1', charge_id: 'ch_1', amount_cents: TASK.refundCents, reason: 'chaos 1 refund', run_ref: RUN };
const CLOSED = { task: TASK.id, source: TASK.source, outcome: 'succeeded', reason: 'done', cost: {}, sideEffects: [{ step: 'refund', tool: 'payments.refund', state: 'verified', outsideId: 're_1' }] };

const event = (type: string, id: string, data: Record<string, unknown>, step?: string): Record<string, unknown> => ({ type: `countersign.${type}`, id, run: RUN, ...(step ? { step } : {}), causes: '', data });

/** Every event of one run; `planted` gets the log at the point where a fault is to be put in. */
const runOf = (planted: Partial<Record<'beforeClose' | 'end', (log: Log) => void>> = {}, left: { readonly close?: false; readonly answer?: false } = {}): Log => {
  const log = new Log();
  const { task, source } = CLOSED;
  log.write({ topic: 'tasks', epoch: '-', body: event('task.submitted', 't1', { task, source }) });
  log.write({ topic: 'outcomes.acme', epoch: '-', body: event('task.accepted', 'o1', { task, source }) });
  log.claim('proposals', -1);
  log.claim('decisions', -1);
  log.claim('executions', -1);
  log.write({ topic: 'proposals', epoch: 0, body: event('run.started', 'p1', { task, source }) });
  log.write({ topic: 'proposals', epoch: 0, seq: 1, body: event('action.proposed', 'p2', {}, 'refund') });
  log.write({ topic: 'decisions', epoch: 0, body: event('action.allowed', 'd1', { jti: 'j1' }, 'refund') });
  log.write({ topic: 'executions', epoch: 0, body: event('action.verified', 'e1', { jti: 'j1' }, 'refund') });
  planted.beforeClose?.(log);
  if (left.close !== false) log.write({ topic: 'proposals', epoch: 0, seq: 2, body: event('run.closed', 'p3', CLOSED) });
  if (left.answer !== false) log.write({ topic: 'outcomes.acme', epoch: '-', body: event('task.finished', 'o2', CLOSED) });
  planted.end?.(log);
  return log;
};

const evidenceOf = (log: Log, change: Partial<Evidence> = {}): Evidence => ({ facts: log.judged().facts, refunds: [REFUND], refundedCents: new Map([['ch_1', TASK.refundCents]]), tasks: [TASK], ...change });
const rulesOf = (log: Log, change: Partial<Evidence> = {}): string[] => [...log.judged().violations, ...judgeTasks(evidenceOf(log, change))].map(({ rule }) => rule);

describe('the judge', () => {
  it('finds nothing wrong with a run as it must be', () => {
    expect(rulesOf(runOf())).toEqual([]);
  });

  it('sees a task that was lost', () => {
    expect(rulesOf(new Log(), { refunds: [], refundedCents: new Map([['ch_1', 0]]) })).toEqual(['task.lost', 'answer.missing', 'effect.missing']);
  });

  it('sees a run that was never closed', () => {
    expect(rulesOf(runOf({}, { close: false }))).toEqual(['task.unfinished']);
  });

  it('sees a second close, though it has another id', () => {
    const log = runOf({ end: (at) => void at.write({ topic: 'proposals', epoch: 0, seq: 3, body: event('run.closed', 'p4', CLOSED) }) });
    expect(rulesOf(log)).toEqual(['run.closed-twice']);
  });

  it('sees that the upstream was not told', () => {
    expect(rulesOf(runOf({}, { answer: false }))).toEqual(['answer.missing']);
  });

  it('sees a second refund of one charge', () => {
    const again = { ...REFUND, id: 're_2' };
    expect(rulesOf(runOf(), { refunds: [REFUND, again], refundedCents: new Map([['ch_1', 2 * TASK.refundCents]]) })).toEqual(['effect.twice', 'effect.untold']);
  });

  it('sees a refund that is missing, of another amount, or that nobody asked for', () => {
    expect(rulesOf(runOf(), { refunds: [], refundedCents: new Map([['ch_1', 0]]) })).toContain('effect.missing');
    expect(rulesOf(runOf(), { refunds: [{ ...REFUND, amount_cents: 1 }], refundedCents: new Map([['ch_1', 1]]) })).toEqual(['effect.wrong']);
    expect(rulesOf(runOf(), { refunds: [REFUND, { ...REFUND, id: 're_9', charge_id: 'ch_9' }] })).toEqual(['effect.unasked']);
  });

  it('counts what a zombie wrote, and takes none of it for true', () => {
    const log = runOf({
      beforeClose: (at) => {
        at.claim('executions', 0);
        at.write({ topic: 'executions', epoch: 0, seq: 1, body: event('action.verified', 'e2', { jti: 'j1' }, 'refund') });
      },
    });
    expect(rulesOf(log)).toEqual([]);
    expect(log.judged().counts).toMatchObject({ stale: 1, claims: 4 });
  });

  it('sees an event that rests on what a zombie wrote', () => {
    const log = runOf({
      beforeClose: (at) => {
        at.claim('executions', 0);
        const zombie = at.write({ topic: 'executions', epoch: 0, seq: 1, body: event('action.failed', 'e2', { jti: 'j1', retrying: true }, 'refund') });
        const causes = `e2@executions/${zombie.offset}#${'0'.repeat(64)}`;
        at.write({ topic: 'decisions', epoch: 0, seq: 1, body: { ...event('budget.settled', 'd2', {}), causes } });
      },
    });
    expect(rulesOf(log)).toEqual(['cause.of-zombie']);
  });

  it('takes the first of two claims that end one epoch, and voids the other', () => {
    const log = runOf({
      end: (at) => {
        at.claim('decisions', 0);
        at.claim('decisions', 0);
        at.write({ topic: 'decisions', epoch: 3, body: event('budget.settled', 'd3', {}) });
      },
    });
    expect(rulesOf(log)).toEqual(['epoch']);
    expect(log.judged().counts.voidClaims).toBe(1);
  });

  it('drops a copy that a producer sent again, and sees that something is missing', () => {
    const copy = runOf({ end: (at) => void at.write({ topic: 'decisions', epoch: 0, seq: 0, body: event('action.allowed', 'd1', { jti: 'j1' }, 'refund') }) });
    expect(rulesOf(copy)).toEqual([]);
    expect(copy.judged().counts.copies).toBe(1);
    const gap = runOf({ end: (at) => void at.write({ topic: 'decisions', epoch: 0, seq: 2, body: event('budget.settled', 'd4', {}) }) });
    expect(rulesOf(gap)).toEqual(['epoch']);
  });

  it('sees an event that another service signed, and one that was altered', () => {
    const wrong = runOf({ end: (at) => void at.write({ topic: 'decisions', epoch: 0, seq: 1, by: 'planner', body: event('budget.settled', 'd5', {}) }) });
    expect(rulesOf(wrong)).toEqual(['signature']);
    const log = runOf();
    const last = log.records.at(-3);
    if (last) log.records[log.records.length - 3] = { ...last, value: Buffer.from(String(last.value).replace('verified', 'verifies')) };
    expect(rulesOf(log)).toContain('signature');
  });

  it('sees a grant that ended twice, and one that never did', () => {
    const twice = runOf({ beforeClose: (at) => void at.write({ topic: 'executions', epoch: 0, seq: 1, body: event('action.failed', 'e3', { jti: 'j1', retrying: false }, 'refund') }) });
    expect(rulesOf(twice)).toEqual(['grant.ended-twice']);
    const never = runOf({ beforeClose: (at) => void at.write({ topic: 'decisions', epoch: 0, seq: 1, body: event('action.allowed', 'd6', { jti: 'j2' }, 'refund') }) });
    expect(rulesOf(never)).toEqual(['grant.never-ended']);
  });

  it('sees dead letters and alarms', () => {
    const log = runOf();
    log.records.push({ topic: 'dlq.policy', partition: 0, offset: 0, key: null, value: Buffer.from('x'), headers: { 'cs-code': Buffer.from('SEQUENCE_BROKEN') } });
    expect(rulesOf(log)).toEqual(['dead-letter']);
  });

  it('sees a storm that leaves something else than the calm', () => {
    const calm = finalStates(evidenceOf(runOf()), '/chaos/storm');
    expect(compareStates(calm, finalStates(evidenceOf(runOf()), '/chaos/storm'))).toEqual([]);
    const storm = finalStates(evidenceOf(runOf(), { refunds: [] }), '/chaos/storm');
    expect(compareStates(calm, storm).map(({ rule }) => rule)).toEqual(['state.differs']);
  });
});
