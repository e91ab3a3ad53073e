import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hours, minutes, type Instant } from '@countersign/kernel';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { IN_DOUBT_FOR, STUCK_AFTER } from './attention-query.js';
import { GivenLog, GivenRun, HISTORIES, START } from './given-log.spec-support.js';
import { ReadModel } from './read-model.js';
import type { Attention } from './views.js';

const STARTS = 60_000;
const VOTERS = [{ subject: 'spiffe://countersign.local/human/ada', roles: ['finance'] }];

describe('what needs somebody', () => {
  let postgres: PostgresFixture;
  let model: ReadModel;
  const log = new GivenLog();
  const runs: Record<string, GivenRun> = {};
  const nameOf = (id: string): string | undefined => Object.keys(runs).find((name) => runs[name]?.id === id);

  const lookedAt = (after: number, tenant?: string): Promise<Attention> => model.attention({ now: (START + after) as Instant, ...(tenant !== undefined && { tenant }) }, VOTERS);
  const stuckAt = async (after: number): Promise<readonly (string | undefined)[]> => (await lookedAt(after)).stuck.map(({ run }) => nameOf(run.id));

  beforeAll(async () => {
    postgres = await startPostgresFixture();
    model = await ReadModel.open({ url: await postgres.database() });
    const given: Readonly<Record<string, (run: GivenRun) => unknown>> = {
      ...HISTORIES,
      untaken: (run) => run.submitted(),
      granted: (run) => run.submitted().started().proposed().allowed(),
      waitsForTool: (run) => run.submitted().started().proposed().deferred('tool'),
      endedUnknown: (run) => run.submitted().started().proposed().allowed().attempted().unknown(false).closed('unknown'),
      notGrantedAnew: (run) => run.submitted().started().proposed().allowed().attempted().unknown(true).refused('breaker.open').observed('unknown').closed('unknown'),
      lookedAt: (run) => run.submitted().started().proposed().allowed().attempted().unknown(false).observed('unknown').inputRequested(),
      resolved: (run) => run.submitted().started().proposed().allowed().attempted().unknown(false).closed('succeeded'),
    };
    Object.entries(given).forEach(([name, write], index) => {
      const run = new GivenRun(log, `ticket-${index}`, index % 2);
      runs[name] = run;
      write(run);
    });
    const until = '2026-01-02T03:04:35.000Z';
    const opened = (partition: number, tool: string) => log.append('executions', partition, 'countersign.breaker.opened', { tool, until, tries: { calls: 10, errors: 6 } }, runs['open']?.id, 'refund');
    opened(0, 'payments.refund');
    log.append('executions', 0, 'countersign.breaker.closed', { tool: 'payments.refund' }, runs['open']?.id, 'refund');
    opened(1, 'payments.refund');
    opened(1, 'payments.refund');
    opened(1, 'crm.export');
    const batches = log.batches();
    await model.begin(batches.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));
    await model.project(batches);
  }, STARTS);

  afterAll(async () => {
    await model.close();
    await postgres.remove();
  }, STARTS);

  it('is a run that goes on no more by itself, once that is no accident; who waits for people, a stop, a tool or an earlier action is not stuck', async () => {
    expect(await stuckAt(STUCK_AFTER - 1)).toEqual([]);
    expect(new Set(await stuckAt(minutes(5)))).toEqual(new Set(['granted', 'submittedTwice', 'untaken']));
    const { stuck } = await lookedAt(minutes(5));
    expect(stuck.find(({ run }) => nameOf(run.id) === 'granted')?.waits).toMatchObject([{ step: 'refund', for: 'executor', message: 'the executor to begin' }]);
  });

  it('is a grant that nobody uses only once it is over: before that it goes on by itself', async () => {
    const [grant] = (await lookedAt(minutes(5))).stuck.filter(({ run }) => nameOf(run.id) === 'granted');
    expect(grant?.waits[0]?.until).toBe('2026-01-02T03:05:05.000Z');
  });

  it('is every approval that is open, the next to expire first', async () => {
    const { approvals, approvalsOpen } = await lookedAt(0);
    expect(approvals.map(({ run }) => nameOf(run))).toEqual(['open']);
    expect(approvalsOpen).toBe(1);
  });

  it('is an effect that nobody knows of: for a day, and as long as its run waits; one that was settled is none', async () => {
    const doubtful = async (after: number) => (await lookedAt(after)).doubtful.map(({ run, open }) => [nameOf(run), open]);
    expect(await doubtful(hours(1))).toEqual([['asking', true], ['unheard', false], ['endedUnknown', false], ['notGrantedAnew', false], ['lookedAt', true]]);
    expect(await doubtful(IN_DOUBT_FOR + hours(1))).toEqual([['asking', true], ['lookedAt', true]]);
  });

  it('is a run that waits for a role, with its deadline', async () => {
    const { escalations } = await lookedAt(0);
    expect(escalations.map(({ run }) => nameOf(run)).toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))).toEqual(['asking', 'lookedAt']);
    expect(escalations.find(({ run }) => nameOf(run) === 'lookedAt')).toMatchObject({ tenant: 'acme', workflow: 'refund-desk', step: 'refund', reason: 'effect.unknown', message: 'nobody knows whether it was done', role: 'finance', since: expect.any(String), deadline: '2026-01-02T03:34:05.000Z' });
  });

  it('is a breaker that is open, since it first was, and none that has closed', async () => {
    const { breakers } = await lookedAt(0);
    expect(breakers.map(({ tool, partition }) => [tool, partition])).toEqual([['payments.refund', 1], ['crm.export', 1]]);
    expect(Date.parse(breakers[0]?.since ?? '')).toBeLessThan(Date.parse(breakers[1]?.since ?? ''));
  });

  it('is of one tenant where one is asked for, and says how far the model had come', async () => {
    const other = await lookedAt(hours(1), 'globex');
    expect(other).toMatchObject({ stuck: [], approvals: [], approvalsOpen: 0, escalations: [], doubtful: [], breakers: [] });
    expect(other.positions).toContainEqual({ topic: 'approvals', partition: 0, nextOffset: expect.any(Number) });
  });
});
