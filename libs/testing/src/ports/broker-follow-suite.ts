import { describe, expect, it } from 'vitest';
import { systemTimers, type Follower, type LogRecord } from '@countersign/bus';
import type { Stage } from './broker-suite.js';
import { eventually, faultOf, quietly, record, texts } from './broker-world.js';

/** What the executor relies on: the end of `controls` was confirmed within the last second. */
const FRESH = 1_000;

/** What a test is not about. */
const idle: Follower = { onRecords: () => undefined, onEnd: () => undefined, onFault: () => undefined };

export const followSuite = (stage: Stage): void => {
  describe('follow', () => {
    it('gives what is there from an offset on, and what comes', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a'), record('b'), record('c')]);
      const found: LogRecord[] = [];
      await broker.follow(target, 1, { ...idle, onRecords: (records) => void found.push(...records) });
      await eventually('what is there', () => found.length === 2);
      await broker.append(target, [record('d')]);
      await eventually('what comes', () => found.length === 3);
      expect(texts(found)).toEqual(['b', 'c', 'd']);
      expect(found.map(({ offset }) => offset)).toEqual([1, 2, 3]);
    });

    it('confirms the end again and again, and only once everything before it was handed over', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const before = systemTimers.elapsed();
      let next = 0;
      const ends: { readonly end: number; readonly askedAt: number; readonly next: number }[] = [];
      await broker.follow(target, 0, {
        ...idle,
        onRecords: async (records) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          next = (records.at(-1)?.offset ?? 0) + 1;
        },
        onEnd: (end, askedAt) => void ends.push({ end, askedAt, next }),
      });
      await eventually('the end of an empty log', () => ends.length > 0);
      expect(ends[0]?.askedAt).toBeGreaterThanOrEqual(before);
      for (const value of ['a', 'b', 'c']) await broker.append(target, [record(value)]);
      const appended = systemTimers.elapsed();
      await eventually('an end that was asked for after the append', () => ends.some(({ askedAt }) => askedAt >= appended));
      expect(ends.filter(({ askedAt }) => askedAt >= appended).every(({ end }) => end === 3)).toBe(true);
      expect(ends.every((seen) => seen.next >= seen.end)).toBe(true);
    });

    it('gives each of several followers of one partition every record, also while the others wait', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const found: LogRecord[][] = [[], [], []];
      for (const records of found) await broker.follow(target, 0, { ...idle, onRecords: (more) => void records.push(...more) });
      for (const value of ['a', 'b', 'c']) {
        await broker.append(target, [record(value)]);
        await eventually(`\`${value}\` at each follower`, () => found.every((records) => texts(records).includes(value)));
      }
      expect(found.map(texts)).toEqual([['a', 'b', 'c'], ['a', 'b', 'c'], ['a', 'b', 'c']]);
    });

    it('gives what is there to a follower that comes when several others of the partition have got it all, and wait', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      for (const value of ['a', 'b', 'c']) await broker.append(target, [record(value)]);
      for (const nth of [1, 2, 3, 4]) {
        const found: LogRecord[] = [];
        await broker.follow(target, 0, { ...idle, onRecords: (records) => void found.push(...records) });
        await eventually(`all of it at follower ${nth}`, () => found.length === 3);
        expect(texts(found)).toEqual(['a', 'b', 'c']);
      }
    });

    it('does not take the end of what it got at once for the end of the log', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const large = record('x'.repeat(700_000));
      for (let nth = 0; nth < 4; nth += 1) await broker.append(target, [large]);
      const ends: number[] = [];
      await broker.follow(target, 0, { ...idle, onEnd: (end) => void ends.push(end) });
      expect(await eventually('the end', () => ends[0])).toBe(4);
    });

    it('confirms the end of a silent log within a second', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      let confirmed = 0;
      await broker.follow(target, 0, { ...idle, onEnd: (_, askedAt) => (confirmed = askedAt) });
      await eventually('the first confirmation', () => confirmed > 0);
      for (let look = 0; look < 4; look += 1) {
        await quietly();
        expect(systemTimers.elapsed() - confirmed).toBeLessThan(FRESH);
      }
    });

    it('follows several partitions with one client', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(2);
      const found: LogRecord[] = [];
      const ends = new Set<number>();
      for (const partition of [0, 1]) {
        await broker.follow({ topic, partition }, 0, { ...idle, onRecords: (records) => void found.push(...records), onEnd: () => ends.add(partition) });
      }
      await eventually('both ends', () => ends.size === 2);
      await broker.append({ topic, partition: 1 }, [record('one')]);
      await broker.append({ topic, partition: 0 }, [record('nil')]);
      await eventually('both records', () => found.length === 2);
      expect(found.map(({ partition, value }) => `${partition} ${String(value)}`).sort()).toEqual(['0 nil', '1 one']);
    });

    it('says so when it cannot go on, once, and hands over nothing more', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a')]);
      const found: LogRecord[] = [];
      const faults: unknown[] = [];
      const { promise: isCut, resolve } = Promise.withResolvers<void>();
      await broker.follow(target, 0, {
        ...idle,
        onRecords: (records) => {
          found.push(...records);
          return isCut;
        },
        onFault: (fault) => void faults.push(fault),
      });
      await eventually('the first record', () => found.length === 1);
      await broker.append(target, [record('b'), record('c')]);
      await stage.world.truncate(target, 3);
      await broker.append(target, [record('d')]);
      resolve();
      await eventually('the fault', () => faults.length > 0);
      await quietly();
      expect(faults).toMatchObject([{ code: 'LOG_TRUNCATED' }]);
      expect(texts(found)).toEqual(['a']);
    });

    it('stops when it is closed', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const found: LogRecord[] = [];
      const followed = await broker.follow(target, 0, { ...idle, onRecords: (records) => void found.push(...records) });
      await broker.append(target, [record('a')]);
      await eventually('the first record', () => found.length === 1);
      await followed.close();
      await broker.append(target, [record('b')]);
      await quietly();
      expect(texts(found)).toEqual(['a']);
    });

    it('fails where the log starts later', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a'), record('b')]);
      await stage.world.truncate(target, 1);
      expect(await faultOf(broker.follow(target, 0, idle))).toBe('LOG_TRUNCATED');
    });
  });
};
