import { describe, expect, it } from 'vitest';
import type { OutputFold } from './output-fold.js';
import { SNAPSHOT_BYTES_PER_EVENT, SnapshotKeeper } from './snapshot-keeper.js';

const EVERY = 10;

/** A partition whose state takes so many bytes, read event by event. */
const world = (bytesOf: (next: number) => number | undefined) => {
  const taken: number[] = [];
  const save = async (_partition: number, { next }: { readonly next: number }): Promise<number | undefined> => {
    taken.push(next);
    return bytesOf(next);
  };
  const keeper = new SnapshotKeeper<string>({ snapshots: { save }, snapshotEvery: EVERY, step: { freeze: (state) => state } }, 0);
  const foldAt = (next: number): OutputFold<string> => ({ next, point: { next }, state: 'state' }) as unknown as OutputFold<string>;
  const readTo = async (from: number, to: number): Promise<void> => {
    for (let next = from; next <= to; next += 1) {
      keeper.consider(foldAt(next));
      await keeper.settle();
    }
  };
  return { keeper, taken, readTo, foldAt };
};

describe('snapshots of one partition', () => {
  it('are taken every so many events while the state is small', async () => {
    const { taken, readTo } = world(() => 100);
    await readTo(1, 45);
    expect(taken).toEqual([10, 20, 30, 40]);
  });

  it('are taken the less often the larger they are, so that they write no more than the events do', async () => {
    const { taken, readTo } = world(() => 25 * SNAPSHOT_BYTES_PER_EVENT);
    await readTo(1, 100);
    expect(taken).toEqual([10, 35, 60, 85]);
  });

  it('that were restored from count as if they had been taken', async () => {
    const { keeper, taken, readTo } = world(() => 100);
    keeper.restoredFrom({ next: 100, bytes: 30 * SNAPSHOT_BYTES_PER_EVENT });
    await readTo(101, 145);
    expect(taken).toEqual([130, 140]);
  });

  it('that failed are tried again at the next event', async () => {
    const { taken, readTo } = world((next) => (next === 10 ? undefined : 100));
    await readTo(1, 22);
    expect(taken).toEqual([10, 11, 21]);
  });

  it('are taken at once where one is wanted, and at the end where there is anything new', async () => {
    const { keeper, taken, readTo, foldAt } = world(() => 1_000 * SNAPSHOT_BYTES_PER_EVENT);
    await readTo(1, 12);
    keeper.want();
    await readTo(13, 14);
    await keeper.takeLast(foldAt(14));
    await keeper.takeLast(foldAt(14));
    expect(taken).toEqual([10, 13, 14]);
  });
});
