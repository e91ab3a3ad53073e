import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgresFixture, type PostgresFixture } from '@countersign/testing/postgres-fixture';
import { GivenLog, GivenRun, batchOf, HISTORIES } from './given-log.spec-support.js';
import type { ProjectedRecord, ProjectionBatch } from './projected-event.js';
import { ReadModel } from './read-model.js';

const STARTS = 60_000;

/** Cuts each topic partition into batches and takes them in the order that `choices` says; what was not committed comes again. */
const schedule = (records: readonly ProjectedRecord[], choices: readonly number[]): readonly ProjectionBatch[] => {
  const logs = [...Map.groupBy(records, ({ topic, partition }) => `${topic}/${partition}`).values()].map((log) => ({ log, committed: 0, read: 0, from: 0 }));
  const batches: ProjectionBatch[] = [];
  for (let turn = 0; logs.some(({ log, read }) => read < log.length); turn += 1) {
    const choice = choices[turn % choices.length] ?? 0;
    const open = logs.filter(({ log, read }) => read < log.length);
    const reader = open[choice % open.length];
    if (!reader) break;
    reader.read += 1 + ((choice >> 3) % 4);
    const batch = batchOf(reader.log.slice(reader.committed, reader.read), reader.from);
    batches.push(batch);
    // Every seventh time a process that was frozen wakes up and brings an old batch.
    const old = batches[choice % batches.length];
    if (choice % 7 === 0 && old) batches.push(old);
    // Every fifth time the process dies before it commits.
    if (choice % 5 === 0) continue;
    reader.committed = reader.read;
    reader.from = batch.next;
  }
  return batches;
};

describe('the model of a log', () => {
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

  const fingerprintOf = async (groups: readonly (readonly ProjectionBatch[])[]) => {
    const places = new Map(groups.flat().map(({ topic, partition }) => [`${topic}/${partition}`, { topic, partition, nextOffset: 0, reader: '' }]));
    await model.empty();
    await model.begin([...places.values()]);
    for (const group of groups) await model.project(group);
    return model.fingerprint();
  };

  it('is the same whatever the order in which topics were read, however they were cut and whatever came twice', { timeout: 300_000 }, async () => {
    const histories = fc.array(fc.constantFrom(...Object.keys(HISTORIES)), { minLength: 1, maxLength: 6 });
    const choices = fc.array(fc.nat({ max: 1_000 }), { minLength: 5, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(histories, choices, async (names, order) => {
        const log = new GivenLog();
        names.forEach((name, index) => HISTORIES[name]?.(new GivenRun(log, `ticket-${index}`, index % 2)));
        const whole = await fingerprintOf([log.batches()]);
        const pieces = await fingerprintOf(schedule(log.records, order).map((batch) => [batch]));
        expect(pieces).toEqual(whole);
        expect(whole.tables['events']?.rows).toBe(log.records.length);
        expect(whole.tables['runs']?.rows).toBe(names.length);
      }),
      { numRuns: 60 },
    );
  });
});
