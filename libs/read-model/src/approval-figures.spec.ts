import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '@countersign/contracts';
import { minutes, parseTimestamp, runIdOf, seconds, timestamp, type Instant, type MicroUsd, type Principal, type Sha256, type StepId } from '@countersign/kernel';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { QUICK } from './approval-figures.js';
import { ADA, AGENT, BOB, CONTRACT, GivenLog, START, TENANT, UPSTREAM, WORKFLOW } from './given-log.spec-support.js';
import { ReadModel } from './read-model.js';
import type { FigureRow } from './views.js';

const STARTS = 60_000;
const HASH = '3b'.repeat(32) as Sha256;
const STEP = 'refund' as StepId;
const RUN_DEADLINE = '2026-01-03T03:04:05.000Z';
const COST = { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd };

interface GivenQuestion {
  readonly rules: readonly string[];
  readonly tier: number;
  readonly askedAt: number;
  /** After the question, in order. */
  readonly votes: readonly { readonly voter: Principal; readonly after: number; readonly choice: 'approve' | 'deny'; readonly beforehand?: boolean }[];
  readonly verdict?: 'granted' | 'rejected' | 'expired' | 'withdrawn';
  readonly decidedAfter: number;
  readonly then?: 'undone' | 'undone-by-order' | 'undoing-failed' | 'diverged' | 'denied' | 'diverged-and-undone';
}

/** Writes what services would of a question, and of what came of it. */
const write = (log: GivenLog, question: GivenQuestion, index: number): void => {
  const { rules, tier, askedAt, votes, verdict, decidedAfter, then } = question;
  const run = runIdOf(TENANT, WORKFLOW, '/helpdesk', `task-${index}`);
  const approval = `approval-${String(index).padStart(4, '0')}`;
  const action = { tenant: TENANT, workflow: WORKFLOW, run, step: STEP, tool: 'payments.refund', toolContractHash: HASH, args: {}, destination: 'payments', idempotencyKey: `key-${index}`, dryRun: false };
  const asked = { approval, action, actionHash: HASH, reasons: rules.map((rule) => ({ rule, code: 'rule.asks', message: 'it asks' })), tier, quorum: 1, roles: ['finance'], deadline: '2026-01-02T07:04:05.000Z', sub: UPSTREAM, act: AGENT };
  log.at = askedAt;
  log.append('decisions', 0, 'countersign.approval.required', { ...asked, policySet: HASH, controlEpoch: 1, day: '2026-01-02', month: '2026-01', runDeadline: RUN_DEADLINE }, run, STEP);
  log.append('approvals', 0, 'countersign.approval.requested', { ...asked, authors: [] }, run, STEP);
  for (const { voter, after, choice, beforehand } of votes) {
    log.at = askedAt + after;
    log.append('approvals', 0, 'countersign.approval.vote-cast', { approval, actionHash: HASH, voter, choice, ...(beforehand && { consent: 'consent' }), vote: { value: '{}', jws: 'e30..AA' } }, run, STEP);
  }
  log.at = askedAt + decidedAfter;
  if (verdict === 'granted') log.append('approvals', 0, 'countersign.approval.granted', { approval, actionHash: HASH, votes: [] }, run, STEP);
  if (verdict === 'rejected') log.append('approvals', 0, 'countersign.approval.rejected', { approval, actionHash: HASH, by: ADA, reason: 'no' }, run, STEP);
  if (verdict === 'expired') log.append('approvals', 0, 'countersign.approval.expired', { approval, actionHash: HASH, deadline: '2026-01-02T07:04:05.000Z' }, run, STEP);
  if (verdict === 'withdrawn') log.append('approvals', 0, 'countersign.approval.withdrawn', { approval, actionHash: HASH, why: 'stopped', reason: 'killed' }, run, STEP);
  if (then === 'denied') log.append('decisions', 0, 'countersign.action.denied', { action, actionHash: HASH, reasons: [{ rule: 'no', code: 'rule.forbids', message: 'no' }], policySet: HASH, controlEpoch: 1 }, run, STEP);
  if (then === 'diverged' || then === 'diverged-and-undone') log.append('executions', 0, 'countersign.action.diverged', { jti: `grant-${index}`, actionHash: HASH, attempt: 1, faults: [{ pointer: '/amount_cents', message: 'differs' }], latencyMs: 7, usedMicroUsd: 0 as MicroUsd }, run, STEP);
  if (then === 'undone' || then === 'diverged-and-undone') {
    const effect = { step: STEP, tool: 'payments.refund', state: 'verified' as const, undoneBy: 'undo-refund' as StepId };
    log.append('proposals', 0, 'countersign.run.closed', { task: `task-${index}`, source: '/helpdesk', outcome: 'compensated', reason: 'undone', cost: COST, sideEffects: [effect], events: { count: 1, root: HASH } }, run);
  }
  if (then === 'undone-by-order' || then === 'undoing-failed') {
    const undo = runIdOf(TENANT, WORKFLOW, '/undo', `task-${index}`);
    log.append('proposals', 0, 'countersign.run.started', { task: `undo-${index}`, source: '/undo', contract: CONTRACT, agent: AGENT, subject: ADA, input: {}, undoes: { run, step: STEP }, deadline: RUN_DEADLINE }, undo);
    log.append('proposals', 0, 'countersign.run.closed', { task: `undo-${index}`, source: '/undo', outcome: then === 'undoing-failed' ? 'denied' : 'succeeded', reason: 'as ordered', cost: COST, sideEffects: [], events: { count: 1, root: HASH } }, undo);
  }
};

/** The figures by a plain fold of the events, question by question. */
const folded = (log: GivenLog, by: 'rule' | 'approver', since: number): readonly FigureRow[] => {
  const events = log.records.flatMap(({ known }) => (known ? [known.event] : []));
  const of = <Type extends Event['type']>(type: Type): readonly Event<Type>[] => events.filter((event) => event.type === type) as unknown as readonly Event<Type>[];
  const at = ({ time }: Event): number => parseTimestamp(time) ?? 0;
  const closes = of('countersign.run.closed');
  const rows = new Map<string, { tiers: number[]; count: number; yes: number; no: number; expired: number; withdrawn: number; times: number[]; granted: number; undone: number; diverged: number; denied: number; overridden: number }>();
  const row = (name: string) => {
    const found = rows.get(name) ?? { tiers: [], count: 0, yes: 0, no: 0, expired: 0, withdrawn: 0, times: [], granted: 0, undone: 0, diverged: 0, denied: 0, overridden: 0 };
    rows.set(name, found);
    return found;
  };
  for (const asked of of('countersign.approval.requested')) {
    const { approval, reasons, tier } = asked.data;
    const { run, step } = asked;
    const votes = of('countersign.approval.vote-cast').filter(({ data }) => data.approval === approval);
    const end = (['granted', 'rejected', 'expired', 'withdrawn'] as const).flatMap((verdict) => of(`countersign.approval.${verdict}`).filter(({ data }) => data.approval === approval).map((event) => ({ verdict, at: at(event) })))[0];
    const undone = closes.some((close) => close.run === run && close.data.sideEffects.some((effect) => effect.step === step && effect.undoneBy !== undefined)) || of('countersign.run.started').some(({ data, run: undo }) => data.undoes?.run === run && data.undoes?.step === step && closes.some((close) => close.run === undo && close.data.outcome === 'succeeded'));
    const diverged = of('countersign.action.diverged').some((event) => event.run === run && event.step === step);
    const denied = of('countersign.action.denied').some((event) => event.run === run && event.step === step);
    const note = (name: string, choice: 'yes' | 'no' | undefined, time: number | undefined, granted: boolean): void => {
      const into = row(name);
      into.tiers.push(tier);
      into.count += 1;
      if (choice) into[choice] += 1;
      if (time !== undefined) into.times.push(time);
      if (!granted) return;
      into.granted += 1;
      if (undone) into.undone += 1;
      if (diverged) into.diverged += 1;
      if (denied) into.denied += 1;
      if (undone || diverged || denied) into.overridden += 1;
    };
    if (by === 'approver') {
      for (const vote of votes) {
        if (at(vote) < since) continue;
        note(vote.data.voter, vote.data.choice === 'approve' ? 'yes' : 'no', vote.data.consent === undefined ? at(vote) - at(asked) : undefined, end?.verdict === 'granted' && vote.data.choice === 'approve');
      }
      continue;
    }
    if (!end || end.at < since) continue;
    const choice = end.verdict === 'granted' ? 'yes' : end.verdict === 'rejected' ? 'no' : undefined;
    const isTimed = choice !== undefined && votes.every(({ data }) => data.consent === undefined);
    for (const name of new Set(reasons.map(({ rule }) => rule))) {
      note(name, choice, isTimed ? end.at - at(asked) : undefined, end.verdict === 'granted');
      if (end.verdict === 'expired' || end.verdict === 'withdrawn') row(name)[end.verdict] += 1;
    }
  }
  const rank = (times: readonly number[], share: number): number | undefined => times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(times.length * share) - 1)];
  return [...rows]
    .map(([name, { tiers, times, expired, withdrawn, denied, ...counts }]): FigureRow => {
      const [p50Ms, p95Ms] = [rank(times, 0.5), rank(times, 0.95)];
      return {
        name,
        tiers: [Math.min(...tiers), Math.max(...tiers)],
        ...counts,
        ...(by === 'rule' && { expired, withdrawn }),
        timed: times.length,
        ...(p50Ms !== undefined && { p50Ms }),
        ...(p95Ms !== undefined && { p95Ms }),
        quick: times.filter((time) => time < QUICK).length,
        deniedAfter: denied,
      };
    })
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
};

describe('figures of approvals', () => {
  let postgres: PostgresFixture;
  let model: ReadModel;

  beforeAll(async () => {
    postgres = await startPostgresFixture();
    model = await ReadModel.open({ url: await postgres.database() });
  }, STARTS);

  afterAll(async () => {
    await model.close();
    await postgres.remove();
  }, STARTS);

  const given = async (questions: readonly GivenQuestion[]): Promise<GivenLog> => {
    const log = new GivenLog();
    questions.forEach((question, index) => write(log, question, index));
    const batches = log.batches();
    await model.empty();
    await model.begin(batches.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));
    await model.project(batches);
    return log;
  };
  const figures = async (by: 'rule' | 'approver', since: number = START, tenant?: string): Promise<readonly FigureRow[]> => (await model.approvalFigures({ by, since: timestamp(since as Instant), ...(tenant !== undefined && { tenant }) })).figures;

  const QUESTION: GivenQuestion = { rules: ['big'], tier: 2, askedAt: START, votes: [], decidedAfter: minutes(1) };
  const yes = (after: number, then?: GivenQuestion['then'], voter: Principal = ADA): GivenQuestion => ({ ...QUESTION, votes: [{ voter, after, choice: 'approve' }], verdict: 'granted', decidedAfter: after, ...(then && { then }) });

  it('are these for a log of a handful of questions', async () => {
    await given([
      yes(seconds(4)),
      yes(seconds(5)),
      yes(seconds(60), 'undone'),
      yes(seconds(90), 'denied', BOB),
      { ...yes(seconds(2), 'diverged-and-undone'), rules: ['big', 'far'], tier: 3 },
      { ...QUESTION, votes: [{ voter: BOB, after: seconds(30), choice: 'deny' }], verdict: 'rejected', decidedAfter: seconds(30) },
      { ...QUESTION, verdict: 'expired', decidedAfter: minutes(240) },
      { ...QUESTION, verdict: 'withdrawn', decidedAfter: seconds(1) },
      // Said beforehand: an answer, and no time.
      { ...yes(0), votes: [{ voter: ADA, after: 0, choice: 'approve', beforehand: true }] },
      // Open: counted nowhere but at the voter.
      { ...QUESTION, tier: 3, votes: [{ voter: BOB, after: seconds(10), choice: 'approve' }] },
    ]);
    expect(await figures('rule')).toEqual([
      { name: 'big', tiers: [2, 3], count: 9, yes: 6, no: 1, expired: 1, withdrawn: 1, timed: 6, p50Ms: 5_000, p95Ms: 90_000, quick: 2, granted: 6, overridden: 3, undone: 2, diverged: 1, deniedAfter: 1 },
      { name: 'far', tiers: [3, 3], count: 1, yes: 1, no: 0, expired: 0, withdrawn: 0, timed: 1, p50Ms: 2_000, p95Ms: 2_000, quick: 1, granted: 1, overridden: 1, undone: 1, diverged: 1, deniedAfter: 0 },
    ]);
    expect(await figures('approver')).toEqual([
      { name: ADA, tiers: [2, 3], count: 5, yes: 5, no: 0, timed: 4, p50Ms: 4_000, p95Ms: 60_000, quick: 2, granted: 5, overridden: 2, undone: 2, diverged: 1, deniedAfter: 0 },
      { name: BOB, tiers: [2, 3], count: 3, yes: 2, no: 1, timed: 3, p50Ms: 30_000, p95Ms: 90_000, quick: 0, granted: 1, overridden: 1, undone: 0, diverged: 0, deniedAfter: 1 },
    ]);
  });

  it('are of what ended since then, and of one tenant where one is asked for', async () => {
    await given([yes(seconds(4)), { ...yes(seconds(4)), askedAt: START + minutes(10) }]);
    expect(await figures('rule', START + seconds(5))).toMatchObject([{ count: 1 }]);
    expect(await figures('approver', START + seconds(5))).toMatchObject([{ count: 1 }]);
    expect(await figures('rule', START + minutes(11))).toEqual([]);
    expect(await figures('rule', START, 'globex')).toEqual([]);
  });

  it('hold an order to undo against the yes only where it was carried out', async () => {
    await given([yes(seconds(9), 'undone-by-order'), yes(seconds(9), 'undoing-failed')]);
    expect(await figures('rule')).toMatchObject([{ granted: 2, overridden: 1, undone: 1 }]);
  });

  it('are what a plain fold of the events comes to', { timeout: 300_000 }, async () => {
    const voter = fc.constantFrom(ADA, BOB);
    const question = fc
      .record({
        rules: fc.subarray(['big', 'far', 'strange'], { minLength: 1 }),
        tier: fc.integer({ min: 1, max: 4 }),
        askedAt: fc.integer({ min: START, max: START + minutes(20) }),
        votes: fc.uniqueArray(fc.record({ voter, after: fc.nat(seconds(20)), choice: fc.constantFrom('approve' as const, 'deny' as const), beforehand: fc.boolean() }), { maxLength: 2, selector: (vote) => vote.voter }),
        verdict: fc.option(fc.constantFrom('granted' as const, 'rejected' as const, 'expired' as const, 'withdrawn' as const), { nil: undefined }),
        decidedAfter: fc.nat(seconds(20)),
        then: fc.option(fc.constantFrom('undone' as const, 'undone-by-order' as const, 'undoing-failed' as const, 'diverged' as const, 'denied' as const, 'diverged-and-undone' as const), { nil: undefined }),
      })
      .map(({ verdict, then, ...rest }): GivenQuestion => ({ ...rest, ...(verdict && { verdict }), ...(then && verdict === 'granted' && { then }) }));
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 12 }), fc.nat(minutes(25)), async (questions, from) => {
        const log = await given(questions);
        for (const by of ['rule', 'approver'] as const) expect(await figures(by, START + from)).toEqual(folded(log, by, START + from));
      }),
      { numRuns: 40 },
    );
  });
});

