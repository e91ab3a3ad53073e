import { describe, expect, it } from 'vitest';
import { LogWriter } from '@countersign/archive';
import { MemoryProcess, VirtualTime, type LogRecord } from '@countersign/bus';
import { millis, minutes, seconds, systemClock } from '@countersign/kernel';
import { noteSigner } from '@countersign/tlog';
import { ArchivedPartition, type Halted } from './archived-partition.js';
import { away, MovedStore } from './archive-world.spec-support.js';
import { DUE_ENTRIES } from './cadence.js';

/** What a partition holds at most; docs/archive.md says so. */
const MOST_HELD = 1_024;
const PATH = 'countersign/tasks/0';
const signer = noteSigner(`ledger.example/${PATH}`, Buffer.alloc(32, 1));

const recordsUpTo = (end: number): readonly LogRecord[] => Array.from({ length: end }, (_, offset) => ({ topic: 'countersign.tasks', partition: 0, offset, timestamp: 0, key: null, value: Buffer.from('{}'), headers: {} }));

/** A topic partition of a Kafka that has these offsets. */
const givenPartition = (store: MovedStore, kafka: { readonly start: number; readonly end: number }) => {
  const time = new VirtualTime(1);
  const halted: Halted[] = [];
  const partition = new ArchivedPartition({
    broker: { offsets: () => Promise.resolve(kafka) },
    target: { topic: 'countersign.tasks', partition: 0 },
    topic: 'tasks',
    epoch: { epoch: 0 },
    timers: new MemoryProcess('ledger', time).timers,
    dueAfter: seconds(30),
    openLog: () => LogWriter.open({ store, path: PATH, signer }),
    putBlob: () => Promise.resolve(),
    onPublished: () => Promise.resolve(),
    onAway: () => undefined,
    onHalted: (found) => void halted.push(found),
  });
  return { time, partition, halted };
};

describe('a topic partition on its way into the archive', () => {
  it(`is held up to ${MOST_HELD} records while the archive is away, lets no more come, and goes on with all of them`, async () => {
    const store = new MovedStore(systemClock);
    store.before = away;
    const { time, partition } = givenPartition(store, { start: 0, end: 3 * MOST_HELD });
    await partition.open();
    let isTaken = false;
    void partition.take(recordsUpTo(3 * MOST_HELD)).then(() => (isTaken = true));
    await time.run(minutes(10));
    expect({ isTaken, held: partition.standing.unpublished, next: partition.standing.next }).toEqual({ isTaken: false, held: MOST_HELD, next: MOST_HELD });
    store.before = () => undefined;
    await time.run(millis(11_000));
    expect(isTaken).toBe(true);
    expect(partition.standing.unpublished).toBeLessThan(DUE_ENTRIES);
    await time.run(seconds(31));
    expect((await LogWriter.open({ store, path: PATH, signer })).size).toBe(3 * MOST_HELD);
    partition.close();
  });

  it.each([
    ['begins behind the end of its archive', { start: 12, end: 20 }, 'LOG_TRUNCATED', 'Kafka has let go of records before they were archived: `countersign ledger epoch` goes on without them, and says so'],
    ['ends before the end of its archive', { start: 0, end: 9 }, 'LOG_TRUNCATED', 'Kafka has lost records, or is another one'],
    ['begins where its archive ends', { start: 10, end: 20 }, undefined, undefined],
    ['has begun later than its archive', { start: 5, end: 20 }, undefined, undefined],
  ])('that %s', async (_what, kafka, code, hint) => {
    const store = new MovedStore(systemClock);
    const before = givenPartition(store, { start: 0, end: 10 });
    await before.partition.open();
    await before.partition.take(recordsUpTo(10));
    await before.partition.publish();
    before.partition.close();
    const { partition, halted } = givenPartition(store, kafka);
    expect(await partition.open()).toBe(code === undefined ? 10 : undefined);
    expect(halted).toMatchObject(code === undefined ? [] : [{ fault: { code, hint, retry: 'never' } }]);
    partition.close();
  });
});
