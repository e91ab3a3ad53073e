import { describe, expect, it } from 'vitest';
import { systemTimers } from '@countersign/bus';
import { codeOf } from '@countersign/kernel';
import type { Stage } from './broker-suite.js';
import { eventually, faultOf, joinAs, quietly, record, texts } from './broker-world.js';

export const groupSuite = (stage: Stage): void => {
  describe('a single member', () => {
    it('has every partition when the join is done, and gets nothing before it resumes', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(3);
      await broker.append({ topic, partition: 1 }, [record('a')]);
      const { membership, assignments, records } = await joinAs(broker, { group: stage.group(), topics: [topic], resume: false });
      expect(assignments).toEqual([[0, 1, 2]]);
      expect(membership.memberId).not.toBe('');
      await quietly();
      expect(records).toEqual([]);
      membership.resume([{ topic, partition: 1 }]);
      await eventually('the record', () => records.length === 1);
      expect(records[0]).toMatchObject({ topic, partition: 1, offset: 0 });
    });

    it('reads from the start of the log what was never committed, and goes on behind what was', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(2);
      const group = stage.group();
      for (const partition of [0, 1]) await broker.append({ topic, partition }, ['a', 'b', 'c'].map((value) => record(`${partition}${value}`)));
      await stage.world.truncate({ topic, partition: 1 }, 1);
      const first = await joinAs(broker, { group, topics: [topic] });
      await eventually('five records', () => first.records.length === 5);
      expect(texts(first.records).sort()).toEqual(['0a', '0b', '0c', '1b', '1c']);
      await first.membership.commit([{ topic, partition: 0, offset: 2, metadata: '' }]);
      await first.membership.leave();
      const second = await joinAs(broker, { group, topics: [topic] });
      await eventually('three records', () => second.records.length === 3);
      expect(texts(second.records).sort()).toEqual(['0c', '1b', '1c']);
    });

    it('gets no records of a paused partition, those of others, and all of them in order later', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(2);
      const { membership, records } = await joinAs(broker, { group: stage.group(), topics: [topic] });
      membership.pause([{ topic, partition: 0 }]);
      for (const value of ['a', 'b', 'c']) for (const partition of [0, 1]) await broker.append({ topic, partition }, [record(`${partition}${value}`)]);
      await eventually('the other partition', () => records.length === 3);
      await quietly();
      expect(texts(records)).toEqual(['1a', '1b', '1c']);
      membership.resume([{ topic, partition: 0 }]);
      await eventually('the paused partition', () => records.length === 6);
      expect(texts(records.slice(3))).toEqual(['0a', '0b', '0c']);
    });

    it('loses and repeats nothing, however often it pauses', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const { membership, records } = await joinAs(broker, { group: stage.group(), topics: [target.topic] });
      for (let nth = 0; nth < 60; nth += 1) {
        await broker.append(target, [record(String(nth))]);
        if (nth % 3 === 0) membership.pause([target]);
        if (nth % 3 === 1) membership.resume([target]);
      }
      membership.resume([target]);
      await eventually('all records', () => records.length >= 60);
      await quietly();
      expect(texts(records)).toEqual(Array.from({ length: 60 }, (_, nth) => String(nth)));
    });

    it('goes on at an offset it seeks, back or forth, paused or not', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, ['a', 'b', 'c', 'd'].map((value) => record(value)));
      const { membership, records } = await joinAs(broker, { group: stage.group(), topics: [target.topic], resume: false });
      membership.seek(target, 2);
      membership.resume([target]);
      await eventually('what lies ahead', () => records.length === 2);
      membership.seek(target, 1);
      await eventually('what lies behind', () => records.length === 5);
      membership.pause([target]);
      membership.seek(target, 3);
      await quietly();
      membership.resume([target]);
      await eventually('the last one again', () => records.length === 6);
      expect(texts(records)).toEqual(['c', 'd', 'b', 'c', 'd', 'd']);
    });

    it('gets nothing of what was asked for before it sought', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, ['a', 'b', 'c', 'd'].map((value) => record(value)));
      const { membership, records } = await joinAs(broker, { group: stage.group(), topics: [target.topic] });
      for (let end = 4; end < 16; end += 1) {
        membership.seek(target, end);
        await new Promise((resolve) => setTimeout(resolve, 30));
        // A fetch waits at the end; what it brings from the seek on was asked for before it.
        const appending = broker.append(target, [record('e')]);
        if (end % 2 === 0) await appending;
        records.length = 0;
        membership.seek(target, 0);
        await eventually('all there is', () => records.at(-1)?.offset === end);
        expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: end + 1 }, (_, offset) => offset));
      }
    });

    it('is called for one topic partition at a time, and for others meanwhile', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(2);
      const busy = new Set<number>();
      let overlaps = 0;
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const { records } = await joinAs(broker, {
        group: stage.group(),
        topics: [topic],
        onRecords: async ({ partition }) => {
          if (busy.has(partition)) overlaps += 1;
          busy.add(partition);
          if (partition === 0) await held;
          busy.delete(partition);
        },
      });
      await broker.append({ topic, partition: 0 }, [record('0a')]);
      await eventually('a call that lasts', () => busy.has(0));
      await broker.append({ topic, partition: 0 }, [record('0b')]);
      await broker.append({ topic, partition: 1 }, [record('1a')]);
      await eventually('the neighbour', () => texts(records).includes('1a'));
      await quietly();
      expect(texts(records)).toEqual(['0a', '1a']);
      release();
      await eventually('what waited', () => records.length === 3);
      expect(overlaps).toBe(0);
    });

    it('gets a batch again, and all others, where taking it failed', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(2);
      let faults = 0;
      const { records, crashes } = await joinAs(broker, {
        group: stage.group(),
        topics: [topic],
        onRecords: ({ partition }) => {
          if (partition === 0 && (faults += 1) === 1) throw new TypeError('undefined is not a function');
        },
      });
      await broker.append({ topic, partition: 0 }, [record('0a')]);
      await broker.append({ topic, partition: 1 }, [record('1a')]);
      await eventually('the second try', () => records.length === 3);
      expect(texts(records).sort()).toEqual(['0a', '0a', '1a']);
      expect(crashes).toEqual([]);
    });

    it('crashes where what it has to read is gone', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, ['a', 'b', 'c'].map((value) => record(value)));
      await stage.world.truncate(target, 2);
      const { membership, records, crashes } = await joinAs(broker, { group: stage.group(), topics: [target.topic], resume: false });
      membership.seek(target, 1);
      membership.resume([target]);
      const fault = await eventually('the crash', () => crashes[0]);
      expect(codeOf(fault)).toBe('LOG_TRUNCATED');
      expect(records).toEqual([]);
    });

    it('fails to join for a topic that does not exist', async () => {
      const broker = await stage.connect();
      expect(await faultOf(joinAs(broker, { group: stage.group(), topics: ['suite.missing'] }))).toBe('BROKER_REFUSED');
    });
  });

  describe('commit', () => {
    it('can be read back with its metadata by anybody', async () => {
      const [broker, other] = [await stage.connect(), await stage.connect()];
      const topic = await stage.topic(3);
      const group = stage.group();
      const { membership } = await joinAs(broker, { group, topics: [topic] });
      await membership.commit([
        { topic, partition: 0, offset: 5, metadata: '{"e":3,"s":2}' },
        { topic, partition: 2, offset: 0, metadata: '' },
      ]);
      await membership.commit([{ topic, partition: 0, offset: 6, metadata: '{"e":3,"s":3}' }]);
      const found = await other.committed(group, [0, 1, 2].map((partition) => ({ topic, partition })));
      expect([...found].sort((a, b) => a.partition - b.partition)).toEqual([
        { topic, partition: 0, offset: 6, metadata: '{"e":3,"s":3}' },
        { topic, partition: 2, offset: 0, metadata: '' },
      ]);
    });

    it('is nothing for a group that nobody knows', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic();
      expect(await broker.committed(stage.group(), [{ topic, partition: 0 }])).toEqual([]);
    });
  });

  describe('heartbeat', () => {
    it('is accepted from a member, and tells when it was sent', async () => {
      const broker = await stage.connect();
      const { membership } = await joinAs(broker, { group: stage.group(), topics: [await stage.topic()] });
      expect(systemTimers.elapsed() - membership.lastHeartbeat()).toBeLessThan(10_000);
      const before = systemTimers.elapsed();
      await membership.heartbeat();
      expect(membership.lastHeartbeat()).toBeGreaterThanOrEqual(before);
      expect(membership.lastHeartbeat()).toBeLessThanOrEqual(systemTimers.elapsed());
    });

    it('goes on by itself', async () => {
      const broker = await stage.connect();
      const { membership } = await joinAs(broker, { group: stage.group(), topics: [await stage.topic()] });
      const first = membership.lastHeartbeat();
      const later = await eventually('a later heartbeat', () => membership.lastHeartbeat() > first && membership.lastHeartbeat());
      expect(later).toBeLessThanOrEqual(systemTimers.elapsed());
    });

    it('and commits are refused after leaving', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic();
      const { membership } = await joinAs(broker, { group: stage.group(), topics: [topic] });
      await membership.leave();
      expect(await faultOf(membership.heartbeat())).toBe('OWNERSHIP_LOST');
      expect(await faultOf(membership.commit([{ topic, partition: 0, offset: 1, metadata: '' }]))).toBe('OWNERSHIP_LOST');
    });
  });
};
