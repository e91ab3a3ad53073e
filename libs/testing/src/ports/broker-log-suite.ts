import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus';
import type { Stage } from './broker-suite.js';
import { eventually, faultOf, quietly, readAll, record, texts } from './broker-world.js';

export const logSuite = (stage: Stage): void => {
  describe('append', () => {
    it('gives the offset of the first record, and appends go one behind the other', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      expect(await broker.append(target, [record('a'), record('b')])).toBe(0);
      expect(await broker.append(target, [record('c')])).toBe(2);
      expect(texts(await readAll(broker, target))).toEqual(['a', 'b', 'c']);
    });

    it('keeps keys, values and headers as bytes, and null where there is none', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(2), partition: 1 };
      const bytes = Buffer.from([0, 255, 128]);
      await broker.append(target, [
        { key: bytes, value: bytes, headers: { 'cs-epoch': '7', 'cs-sig': bytes } },
        { key: null, value: null, headers: {} },
      ]);
      const [first, second] = await readAll(broker, target);
      expect(first).toMatchObject({ ...target, offset: 0 });
      expect(first?.key).toEqual(bytes);
      expect(first?.value).toEqual(bytes);
      expect(first?.headers['cs-epoch']).toEqual(Buffer.from('7'));
      expect(first?.headers['cs-sig']).toEqual(bytes);
      expect(Math.abs((first?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(second).toMatchObject({ offset: 1, key: null, value: null });
      expect(Object.keys(second?.headers ?? { none: '' })).toEqual([]);
    });

    it('keeps the records of one append together while others write', async () => {
      const writers = await Promise.all([stage.connect(), stage.connect()]);
      const target = { topic: await stage.topic(), partition: 0 };
      const appended = await Promise.all(
        writers.flatMap((broker, writer) =>
          [0, 1, 2, 3, 4].map(async (nth) => {
            const values = ['x', 'y', 'z'].map((part) => `${writer}.${nth}.${part}`);
            return { values, base: await broker.append(target, values.map((value) => record(value))) };
          }),
        ),
      );
      const [reader] = writers;
      if (!reader) throw new Error('two writers are there');
      const found = texts(await readAll(reader, target));
      expect(found).toHaveLength(30);
      for (const { values, base } of appended) expect(found.slice(base, base + 3)).toEqual(values);
    });

    it('keeps the order in which one client asked', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const bases = await Promise.all(['a', 'b', 'c', 'd'].map((value) => broker.append(target, [record(value)])));
      expect(bases).toEqual([0, 1, 2, 3]);
      expect(texts(await readAll(broker, target))).toEqual(['a', 'b', 'c', 'd']);
    });

    it('appends to several partitions and topics at a time', async () => {
      const broker = await stage.connect();
      const topics = [await stage.topic(3), await stage.topic(3)];
      const targets = topics.flatMap((topic) => [0, 1, 2].map((partition) => ({ topic, partition })));
      const bases = await Promise.all(targets.map((target) => broker.append(target, [record(`${target.topic}/${target.partition}`)])));
      expect(bases).toEqual([0, 0, 0, 0, 0, 0]);
      for (const target of targets) expect(texts(await readAll(broker, target))).toEqual([`${target.topic}/${target.partition}`]);
    });

    it('fails for a topic that does not exist, and for no other', async () => {
      const broker = await stage.connect();
      const there = { topic: await stage.topic(), partition: 0 };
      const [missing, found] = await Promise.all([
        faultOf(broker.append({ topic: 'suite.missing', partition: 0 }, [record('a')])),
        broker.append(there, [record('a')]),
      ]);
      expect(missing).toBe('BROKER_REFUSED');
      expect(found).toBe(0);
    });
  });

  describe('read', () => {
    it('gives the records from an offset up to and without another one, in order', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      for (const value of ['a', 'b', 'c', 'd', 'e']) await broker.append(target, [record(value)]);
      const found: LogRecord[] = [];
      await broker.read(target, 1, 4, (records) => void found.push(...records));
      expect(texts(found)).toEqual(['b', 'c', 'd']);
      expect(found.map(({ offset }) => offset)).toEqual([1, 2, 3]);
    });

    it('cuts a batch at both ends', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, ['a', 'b', 'c', 'd'].map((value) => record(value)));
      const found: LogRecord[] = [];
      await broker.read(target, 1, 3, (records) => void found.push(...records));
      expect(texts(found)).toEqual(['b', 'c']);
    });

    it('gives nothing where there is nothing to give', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a')]);
      const found: LogRecord[] = [];
      await broker.read(target, 1, 1, (records) => void found.push(...records));
      expect(found).toEqual([]);
    });

    it('waits for what is not there yet', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a'), record('b')]);
      const found: LogRecord[] = [];
      const reading = broker.read(target, 1, 3, (records) => void found.push(...records));
      await eventually('what is there', () => found.length === 1);
      await broker.append(target, [record('c'), record('d')]);
      await reading;
      expect(texts(found)).toEqual(['b', 'c']);
    });

    it('reads much, and waits for who takes it', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const text = 'x'.repeat(1_000);
      for (let batch = 0; batch < 20; batch += 1) await broker.append(target, Array.from({ length: 100 }, (_, nth) => record(`${batch * 100 + nth}:${text}`)));
      let busy = false;
      let count = 0;
      await broker.read(target, 0, 2_000, async (records) => {
        expect(busy).toBe(false);
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        for (const { offset, value } of records) {
          expect(offset).toBe(count);
          expect(String(value)).toBe(`${count}:${text}`);
          count += 1;
        }
        busy = false;
      });
      expect(count).toBe(2_000);
    });

    it('reads several partitions at a time', async () => {
      const broker = await stage.connect();
      const topic = await stage.topic(4);
      const partitions = [0, 1, 2, 3];
      await Promise.all(partitions.map((partition) => broker.append({ topic, partition }, [record(`${partition}a`), record(`${partition}b`)])));
      const found = await Promise.all(partitions.map((partition) => readAll(broker, { topic, partition })));
      expect(found.map(texts)).toEqual([['0a', '0b'], ['1a', '1b'], ['2a', '2b'], ['3a', '3b']]);
    });

    it('fails where the log starts later', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      for (const value of ['a', 'b', 'c']) await broker.append(target, [record(value)]);
      await stage.world.truncate(target, 2);
      const found: LogRecord[] = [];
      expect(await faultOf(broker.read(target, 1, 3, (records) => void found.push(...records)))).toBe('LOG_TRUNCATED');
      expect(found).toEqual([]);
      expect(texts(await readAll(broker, target, 2))).toEqual(['c']);
    });

    it('fails with the fault of who takes the records', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a')]);
      const fault = new TypeError('cannot fold');
      await expect(broker.read(target, 0, 1, () => Promise.reject(fault))).rejects.toBe(fault);
    });

    it('fails where there is no such partition', async () => {
      const broker = await stage.connect();
      expect(await faultOf(broker.read({ topic: 'suite.missing', partition: 0 }, 0, 1, () => undefined))).toBe('BROKER_REFUSED');
    });
  });

  describe('offsets', () => {
    it('are where the log starts and where it goes on', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(2), partition: 1 };
      expect(await broker.offsets(target)).toEqual({ start: 0, end: 0 });
      await broker.append(target, [record('a'), record('b'), record('c')]);
      expect(await broker.offsets(target)).toEqual({ start: 0, end: 3 });
      await stage.world.truncate(target, 2);
      expect(await broker.offsets(target)).toEqual({ start: 2, end: 3 });
      expect(await broker.offsets({ ...target, partition: 0 })).toEqual({ start: 0, end: 0 });
    });

    it('at a time are those of the first record that is not older', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(2), partition: 1 };
      await broker.append(target, [record('a'), record('b')]);
      await quietly();
      await broker.append(target, [record('c')]);
      await quietly();
      await broker.append(target, [record('d'), record('e')]);
      const [a, , c, d] = (await readAll(broker, target)).map(({ timestamp }) => timestamp);
      if (a === undefined || c === undefined || d === undefined) throw new Error('five records are there');
      const found = await Promise.all([0, a, a + 1, c, d - 1, d].map((time) => broker.offsetAt(target, time)));
      expect(found).toEqual([0, 0, 2, 2, 3, 3]);
      await stage.world.truncate(target, 1);
      expect(await broker.offsetAt(target, 0)).toBe(1);
    });

    it('at a time after everything are where the log goes on', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      expect(await broker.offsetAt(target, 0)).toBe(0);
      await broker.append(target, [record('a'), record('b')]);
      const [{ timestamp } = { timestamp: 0 }] = await readAll(broker, target);
      expect(await broker.offsetAt(target, timestamp + 60_000)).toBe(2);
    });

    it('fail where there is no such topic', async () => {
      const broker = await stage.connect();
      expect(await faultOf(broker.offsetAt({ topic: 'suite.missing', partition: 0 }, 0))).toBe('BROKER_REFUSED');
      expect(await faultOf(broker.offsets({ topic: 'suite.missing', partition: 0 }))).toBe('BROKER_REFUSED');
    });
  });
};
