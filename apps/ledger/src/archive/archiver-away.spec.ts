import { afterEach, describe, expect, it } from 'vitest';
import { LogWriter } from '@countersign/archive';
import { MemoryProcess, VirtualTime, type LogRecord } from '@countersign/bus';
import { millis, minutes, seconds, systemClock } from '@countersign/kernel';
import { noteSigner } from '@countersign/tlog';
import { ArchivedPartition } from './archived-partition.js';
import { ArchiveWorld, away, MovedStore } from './archive-world.spec-support.js';
import { DUE_ENTRIES } from './cadence.js';

/** What a partition holds at most; docs/archive.md says so. */
const MOST_HELD = 1_024;

describe('an archive that is away', () => {
  let world: ArchiveWorld;
  let time: VirtualTime;
  afterEach(async () => {
    const closed = world?.close();
    await time.run(minutes(1));
    await closed;
  });

  const begin = async (): Promise<void> => {
    time = new VirtualTime(1);
    world = new ArchiveWorld(time);
    const started = world.archive();
    await time.run(seconds(5));
    await started;
  };
  const write = (from: number, to: number): void => {
    for (let number = from; number < to; number += 1) world.run(number);
  };
  const alarms = (): readonly string[] => world.alarms.map(({ halted: { fault } }) => fault.code);

  it('is told of after 30 s, once each time, and everything is written when it is back', async () => {
    await begin();
    write(0, 10);
    await time.run(seconds(5));
    expect(await world.isWhole()).toBe(true);
    for (const outage of [1, 2]) {
      world.store.before = away;
      write(outage * 1_000, outage * 1_000 + 700);
      await time.run(seconds(29));
      expect({ alarms: alarms().length, backs: world.backs }).toEqual({ alarms: outage - 1, backs: outage - 1 });
      await time.run(seconds(2));
      expect(alarms()).toHaveLength(outage);
      // What others write meanwhile is on Kafka, and asks nobody.
      write(outage * 1_000 + 700, outage * 1_000 + 1_000);
      await time.run(minutes(60));
      expect(alarms()).toHaveLength(outage);
      expect(await world.isWhole()).toBe(false);
      world.store.before = () => undefined;
      await time.run(minutes(1));
      expect(await world.isWhole()).toBe(true);
      expect({ alarms: alarms(), backs: world.backs }).toEqual({ alarms: Array.from({ length: outage }, () => 'ARCHIVE_UNREACHABLE'), backs: outage });
    }
  });

  it('is nobody’s business where it comes back sooner', async () => {
    await begin();
    for (let round = 0; round < 5; round += 1) {
      world.store.before = away;
      write(round * 10, round * 10 + 10);
      await time.run(seconds(20));
      world.store.before = () => undefined;
      await time.run(seconds(20));
    }
    expect(await world.isWhole()).toBe(true);
    expect({ alarms: alarms(), backs: world.backs }).toEqual({ alarms: [], backs: 0 });
  });

  it('is away also where it takes some objects and not others, and is told of once', async () => {
    await begin();
    write(0, 50);
    let round = 0;
    world.store.before = (path) => void ((path.includes('/proposals/0/') || (round % 2 === 0 && path.includes('/proposals/1/'))) && away());
    for (; round < 20; round += 1) {
      write(100 + round * 10, 110 + round * 10);
      await time.run(seconds(10));
    }
    expect(alarms()).toEqual(['ARCHIVE_UNREACHABLE']);
    world.store.before = () => undefined;
    await time.run(seconds(20));
    expect(await world.isWhole()).toBe(true);
    expect({ alarms: alarms().length, backs: world.backs }).toEqual({ alarms: 1, backs: 1 });
  });
});

describe('a topic partition whose archive is away', () => {
  it(`holds ${MOST_HELD} records, lets no more come, and goes on with all of them`, async () => {
    const time = new VirtualTime(1);
    const { timers } = new MemoryProcess('ledger', time);
    const store = new MovedStore(systemClock);
    store.before = away;
    const signer = noteSigner('ledger.example/countersign/tasks/0', Buffer.alloc(32, 1));
    const records = Array.from({ length: 3 * MOST_HELD }, (_, offset): LogRecord => ({ topic: 'countersign.tasks', partition: 0, offset, timestamp: 0, key: null, value: Buffer.from('{}'), headers: {} }));
    const partition = new ArchivedPartition({
      broker: { offsets: () => Promise.resolve({ start: 0, end: records.length }) },
      target: { topic: 'countersign.tasks', partition: 0 }, topic: 'tasks', timers, dueAfter: seconds(30),
      openLog: () => LogWriter.open({ store, path: 'countersign/tasks/0', signer }),
      putBlob: () => Promise.resolve(), onPublished: () => Promise.resolve(), onAway: () => undefined, onHalted: () => undefined,
    });
    await partition.open();
    let isTaken = false;
    void partition.take(records).then(() => (isTaken = true));
    await time.run(minutes(10));
    expect({ isTaken, held: partition.standing.unpublished, next: partition.standing.next }).toEqual({ isTaken: false, held: MOST_HELD, next: MOST_HELD });
    store.before = () => undefined;
    await time.run(millis(11_000));
    expect(isTaken).toBe(true);
    expect(partition.standing.unpublished).toBeLessThan(DUE_ENTRIES);
    await time.run(seconds(31));
    expect((await LogWriter.open({ store, path: 'countersign/tasks/0', signer })).size).toBe(records.length);
    partition.close();
  });
});
