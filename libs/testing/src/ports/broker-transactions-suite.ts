import { describe, expect, it } from 'vitest';
import type { LogRecord } from '@countersign/bus';
import type { Stage } from './broker-suite.js';
import { eventually, joinAs, readAll, record, texts } from './broker-world.js';

/** Records of strangers' transactions, and the offsets that hold nothing which these leave behind. */
export const transactionsSuite = (stage: Stage): void => {
  describe('transactions of others', () => {
    it('are read where they were committed, and passed over where they were aborted', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await broker.append(target, [record('a')]);
      await stage.world.transact(target, ['b', 'c'], 'commit');
      await stage.world.transact(target, ['d'], 'abort');
      expect(await broker.append(target, [record('e')])).toBe(6);
      const found = await readAll(broker, target);
      expect(found.map(({ offset, value }) => `${offset} ${String(value)}`)).toEqual(['0 a', '1 b', '2 c', '6 e']);
    });

    it('are read to an end that lies behind them, or in their middle', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await stage.world.transact(target, ['a'], 'commit');
      await stage.world.transact(target, ['b'], 'abort');
      expect(await broker.offsets(target)).toEqual({ start: 0, end: 4 });
      const found: LogRecord[] = [];
      for (const [from, to] of [[0, 4], [1, 4], [1, 2], [2, 3]] as const) await broker.read(target, from, to, (records) => void found.push(...records));
      expect(texts(found)).toEqual(['a']);
      await broker.append(target, [record('c')]);
      for (const [from, to] of [[1, 3], [3, 5]] as const) await broker.read(target, from, to, (records) => void found.push(...records));
      expect(texts(found)).toEqual(['a', 'c']);
    });

    it('are behind who follows, up to an end without a record', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      await stage.world.transact(target, ['a'], 'commit');
      const calls: string[][] = [];
      let end = 0;
      await broker.follow(target, 0, { onRecords: (records) => void calls.push(texts(records)), onEnd: (found) => (end = found), onFault: () => undefined });
      await eventually('the marker', () => end === 2);
      await stage.world.transact(target, ['b'], 'abort');
      await eventually('the end of what was aborted', () => end === 4);
      await broker.append(target, [record('c')]);
      await eventually('what comes', () => end === 5);
      expect(calls).toEqual([['a'], ['c']]);
    });

    it('leave no hole in what a member is told that it has got', async () => {
      const broker = await stage.connect();
      const target = { topic: await stage.topic(), partition: 0 };
      const { records, extents } = await joinAs(broker, { group: stage.group(), topics: [target.topic] });
      const reached = (next: number): boolean => extents.at(-1)?.endsWith(`-${next}`) ?? false;
      await stage.world.transact(target, ['a', 'b'], 'abort');
      await eventually('nothing up to 3', () => reached(3));
      await stage.world.transact(target, ['c'], 'commit');
      await broker.append(target, [record('d')]);
      await eventually('the last record', () => reached(6));
      expect(records.map(({ offset, value }) => `${offset} ${String(value)}`)).toEqual(['3 c', '5 d']);
      const bounds = extents.map((text) => text.replace(`${target.topic}/0 `, '').split('-').map(Number));
      for (const [nth, [from]] of bounds.entries()) expect(from).toBe(nth === 0 ? 0 : bounds[nth - 1]?.[1]);
    });
  });
};
