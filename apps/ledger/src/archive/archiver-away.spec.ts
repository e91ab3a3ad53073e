import { afterEach, describe, expect, it } from 'vitest';
import { VirtualTime } from '@countersign/bus';
import { CountersignError, minutes, seconds } from '@countersign/kernel';
import { ArchiveWorld, away } from './archive-world.spec-support.js';

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
      write(outage * 1_000, outage * 1_000 + 250);
      await time.run(seconds(29));
      expect({ alarms: alarms().length, backs: world.backs }).toEqual({ alarms: outage - 1, backs: outage - 1 });
      await time.run(seconds(2));
      expect(alarms()).toHaveLength(outage);
      // What others write meanwhile is on Kafka, and asks nobody.
      write(outage * 1_000 + 250, outage * 1_000 + 300);
      await time.run(minutes(5));
      expect(alarms()).toHaveLength(outage);
      expect(await world.isWhole()).toBe(false);
      world.store.before = () => undefined;
      await time.run(minutes(1));
      expect(await world.isWhole()).toBe(true);
      expect({ alarms: alarms(), backs: world.backs }).toEqual({ alarms: Array.from({ length: outage }, () => 'ARCHIVE_UNREACHABLE'), backs: outage });
    }
  });

  it('that refuses is waited for too, since rights and tokens are renewed, and is told of with its own code', async () => {
    await begin();
    world.store.before = away;
    write(0, 10);
    await time.run(seconds(10));
    world.store.before = () => {
      throw new CountersignError('ARCHIVE_REFUSED', 'the archive refuses it: ExpiredToken (403)');
    };
    await time.run(minutes(5));
    expect(alarms()).toEqual(['ARCHIVE_REFUSED']);
    expect(await world.isWhole()).toBe(false);
    world.store.before = () => undefined;
    await time.run(minutes(1));
    expect(await world.isWhole()).toBe(true);
    expect({ alarms: alarms().length, backs: world.backs }).toEqual({ alarms: 1, backs: 1 });
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
