import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CountersignError, Sha256 } from '@countersign/kernel';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { batchOf, GivenLog, GivenRun, HISTORIES, START } from './given-log.spec-support.js';
import type { ProjectionBatch } from './projected-event.js';
import { ReadModel } from './read-model.js';

const STARTS = 60_000;

const logOf = (...names: readonly string[]): GivenLog => {
  const log = new GivenLog();
  names.forEach((name, index) => HISTORIES[name]?.(new GivenRun(log, `ticket-${index}`)));
  return log;
};

const emptyBatch: ProjectionBatch = { topic: 'proposals', partition: 0, from: 0, next: 1, reader: '', records: [], rejected: [] };

describe('projecting', () => {
  let postgres: PostgresFixture;
  let url: string;
  let model: ReadModel;
  const faults: CountersignError[] = [];
  const opened: ReadModel[] = [];

  const open = async (): Promise<ReadModel> => {
    const other = await ReadModel.open({ url, onFault: (fault) => faults.push(fault) });
    opened.push(other);
    return other;
  };

  const begin = (batches: readonly ProjectionBatch[]): Promise<void> => model.begin(batches.map(({ topic, partition }) => ({ topic, partition, nextOffset: 0, reader: '' })));

  beforeAll(async () => {
    postgres = await startPostgresFixture();
  }, STARTS);

  beforeEach(async () => {
    url = await postgres.database();
    model = await open();
    faults.length = 0;
  });

  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await postgres.remove();
  }, STARTS);

  it('makes the tables once, however many replicas start together', async () => {
    url = await postgres.database();
    const replicas = await Promise.all([open(), open(), open(), open()]);
    for (const replica of replicas) expect(await replica.positions()).toEqual([]);
  });

  it('counts a record once although two processes bring it at the same time', async () => {
    const batches = logOf('done', 'denied', 'approved').batches();
    await begin(batches);
    const other = await open();
    await Promise.all([model.project(batches), other.project(batches), model.project(batches.toReversed()), other.project(batches)]);
    const { tables } = await model.fingerprint();
    expect(tables['events']?.rows).toBe(batches.flatMap(({ records }) => records).length);
    expect(faults).toEqual([]);
  });

  it('never goes back, although a process that woke up late brings less', async () => {
    const other = await open();
    const whole = logOf('done', 'approved').batches();
    const less = whole.map(({ records, from }) => batchOf(records.slice(0, 1), from));
    for (let round = 0; round < 20; round += 1) {
      await model.empty();
      await begin(whole);
      await Promise.all([other.project(less), model.project(whole), other.project(less)]);
      const ends = new Map((await model.positions()).map(({ topic, nextOffset }) => [topic, nextOffset]));
      for (const { topic, next } of whole) expect(ends.get(topic)).toBe(next);
    }
  });

  it('keeps the position and what the reader knows beside it', async () => {
    const batches = logOf('done').batches();
    await begin(batches);
    await model.project(batches);
    const proposals = batches.find(({ topic }) => topic === 'proposals');
    expect(await model.positions()).toContainEqual({ topic: 'proposals', partition: 0, nextOffset: proposals?.next, reader: proposals?.reader });
  });

  it('moves over claims, which are no events', async () => {
    await model.begin([{ topic: 'proposals', partition: 0, nextOffset: 0, reader: '' }]);
    await model.project([{ ...emptyBatch, next: 5, reader: '{"e":4,"s":0}' }]);
    expect(await model.positions()).toEqual([{ topic: 'proposals', partition: 0, nextOffset: 5, reader: '{"e":4,"s":0}' }]);
  });

  it('refuses a batch that would leave a hole, and one of a partition that was never begun', async () => {
    const [first] = logOf('done').batches();
    if (!first) throw new Error('the history is empty');
    await expect(model.project([first])).rejects.toMatchObject({ code: 'POSITION_GAP', hint: expect.stringContaining('start the ledger again') as string });
    await begin([first]);
    await expect(model.project([{ ...first, from: 1 }])).rejects.toMatchObject({ code: 'POSITION_GAP' });
    expect((await model.fingerprint()).tables['events']?.rows).toBe(0);
  });

  it('takes all of a transaction or nothing', async () => {
    const [first] = logOf('done').batches();
    if (!first) throw new Error('the history is empty');
    await begin([first]);
    await expect(model.project([first, { ...emptyBatch, topic: 'nowhere' }])).rejects.toMatchObject({ code: 'POSITION_GAP' });
    expect((await model.positions())[0]?.nextOffset).toBe(0);
  });

  it('keeps place and hash alone of what upstream systems sent, whatever time they stamp on it', async () => {
    await model.begin([{ topic: 'inbox.acme', partition: 0, nextOffset: 0, reader: '' }]);
    const record = { topic: 'inbox.acme', partition: 0, offset: 7, timestamp: Number.MAX_SAFE_INTEGER, sha256: 'ab'.repeat(32) as Sha256 };
    await model.project([{ ...emptyBatch, topic: 'inbox.acme', next: 8, records: [record] }]);
    const { items } = await model.events({ from: 'start', limit: 10 });
    expect(items).toMatchObject([{ topic: 'inbox.acme', offset: 7, sha256: 'ab'.repeat(32), recordedAt: '9999-12-31T23:59:59.999Z' }]);
    expect(items[0]).not.toHaveProperty('event');
  });

  it('keeps what no reader acts on, with code and message', async () => {
    await model.begin([{ topic: 'decisions', partition: 0, nextOffset: 0, reader: '' }]);
    const rejected = { topic: 'decisions', partition: 0, timestamp: START, code: 'SIGNATURE_INVALID' as const };
    await model.project([{ ...emptyBatch, topic: 'decisions', next: 5, rejected: [{ ...rejected, offset: 3, message: 'a\u0000b' }, { ...rejected, offset: 4, message: 'cut \ud83d' }] }]);
    expect((await model.fingerprint()).tables['rejected_records']?.rows).toBe(2);
  });

  it('takes text that PostgreSQL has no character for, and gives the event back byte for byte', async () => {
    const log = logOf('open');
    await begin(log.batches());
    await model.project(log.batches());
    const [task] = (await model.events({ from: 'start', limit: 1 })).items;
    const value = log.records[0]?.known?.value;
    expect(value?.toString()).toContain('\\u0000');
    expect(task?.event).toEqual(JSON.parse(value?.toString() ?? ''));
  });

  it('waits for a PostgreSQL that is away and then goes on, while questions are answered with a code and a hint', { timeout: STARTS }, async () => {
    const batches = logOf('done').batches();
    await begin(batches);
    await postgres.crash();
    const projected = model.project(batches);
    await expect(model.listRuns({ limit: 10 })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE', retry: 'later', hint: expect.stringContaining('DATABASE_URL') as string });
    await postgres.restart();
    await projected;
    expect((await model.listRuns({ limit: 10 })).items).toHaveLength(1);
    expect(faults.every(({ code }) => code === 'DATABASE_UNREACHABLE')).toBe(true);
  });

  it('gives up waiting when it is told to stop', { timeout: STARTS }, async () => {
    const batches = logOf('done').batches();
    await begin(batches);
    await postgres.crash();
    const stop = new AbortController();
    const projected = model.project(batches, stop.signal);
    stop.abort();
    await expect(projected).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    await postgres.restart();
  });

  it('says nothing of the values where PostgreSQL refuses a statement', async () => {
    const [first] = logOf('done').batches();
    if (!first) throw new Error('the history is empty');
    await begin([first]);
    const broken = { ...first, next: 'sesame' as unknown as number };
    const fault = await model.project([broken]).catch((cause: unknown) => cause);
    expect(fault).toMatchObject({ code: 'DATABASE_REFUSED', retry: 'never' });
    expect(JSON.stringify(fault) + String(fault)).not.toContain('sesame');
  });

  it('goes on behind what the log has lost, and never goes back', async () => {
    await begin([emptyBatch]);
    await model.skip([{ topic: 'proposals', partition: 0, nextOffset: 7, reader: '' }]);
    await model.skip([{ topic: 'proposals', partition: 0, nextOffset: 3, reader: '' }]);
    expect(await model.positions()).toMatchObject([{ nextOffset: 7 }]);
    await model.project([{ ...emptyBatch, from: 7, next: 8 }]);
  });

  describe('a record that a person wants taken in after all', () => {
    const decisionOf = (log: GivenLog) => log.records.find(({ topic }) => topic === 'decisions');

    it.each(['grantedTwice', 'approved', 'disapproved'])('leaves the model as if it had been read in its place: %s', async (name) => {
      const log = logOf(name, 'done');
      const late = decisionOf(log);
      if (!late) throw new Error('the history has no decision');
      await begin(log.batches());
      await model.project(log.batches());
      const expected = await model.fingerprint();

      await model.empty();
      await begin(log.batches());
      const rejected = [{ topic: late.topic, partition: 0, offset: late.offset, timestamp: late.timestamp, code: 'HANDLER_FAILED' as const, message: '' }];
      await model.project(log.batches().map((batch) => (batch.topic === 'decisions' ? { ...batch, records: batch.records.filter((record) => record !== late), rejected } : batch)));
      expect((await model.fingerprint()).hash).not.toBe(expected.hash);
      const end = log.batches().find(({ topic }) => topic === 'decisions')?.next ?? 0;
      await model.project([{ ...emptyBatch, topic: 'decisions', from: end, next: end, reader: '{"r":3}', records: [late] }]);
      expect(await model.fingerprint()).toEqual(expected);
      expect(await model.positions()).toContainEqual({ topic: 'decisions', partition: 0, nextOffset: end, reader: '{"r":3}' });
    });
  });

  describe('a model that is made again', () => {
    it('is equal, and is told apart from one that misses an event', async () => {
      const log = logOf('done', 'grantedTwice', 'open');
      await begin(log.batches());
      await model.project(log.batches());
      const before = await model.fingerprint();

      await model.empty();
      expect((await model.fingerprint()).tables['events']?.rows).toBe(0);
      await begin(log.batches());
      for (const record of log.records) await model.project([batchOf([record], 0)]);
      expect(await model.fingerprint()).toEqual(before);

      await model.empty();
      await begin(log.batches());
      await model.project(log.batches().map((batch) => ({ ...batch, records: batch.records.filter((record) => record !== log.records[3]) })));
      const after = await model.fingerprint();
      expect(after.hash).not.toBe(before.hash);
      expect(after.tables['runs']).toEqual(before.tables['runs']);
      expect(after.tables['events']?.hash).not.toBe(before.tables['events']?.hash);
    });

    it('is noticed by a ledger that is further', async () => {
      const [first] = logOf('done').batches();
      if (!first) throw new Error('the history is empty');
      await begin([first]);
      await model.project([first]);
      await model.empty();
      await expect(model.project([{ ...first, from: first.next, next: first.next + 1, records: [] }])).rejects.toMatchObject({ code: 'POSITION_GAP' });
    });
  });
});
