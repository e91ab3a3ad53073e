import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock, type Instant } from '@countersign/kernel';
import { leafHash, logSeed, noteSigner, openCheckpoint, rootOf, treeRoot } from '@countersign/tlog';
import { LogWriter, readPart } from './log-writer.js';
import { MemoryStore } from './memory-store.js';
import type { ObjectStore } from './object-store.js';
import { readCheckpoint } from './stored-checkpoint.js';
import { verifyLog } from './verify-log.js';

const PATH = 'countersign/tasks/0';
const signer = noteSigner(`ledger.example/${PATH}`, logSeed(Buffer.alloc(32, 1), PATH, 0));
const entry = (at: number): Buffer => Buffer.from(`entry ${at}`);
const rootOfFirst = (size: number): Buffer => treeRoot(Array.from({ length: size }, (_, at) => leafHash(entry(at))));
const open = (store: ObjectStore, more: Partial<Parameters<typeof LogWriter.open>[0]> = {}) => LogWriter.open({ store, path: PATH, signer, ...more });

const write = async (store: ObjectStore, ...sizes: readonly number[]): Promise<LogWriter> => {
  const writer = await open(store);
  for (const size of sizes) {
    while (writer.size < size) writer.append(entry(writer.size));
    await writer.publish();
  }
  return writer;
};

/** A store that breaks at the n-th thing it is told to write, before or after it has done it. */
class Breaking extends MemoryStore {
  left = Infinity;
  constructor(private readonly isAfter: boolean) {
    super(systemClock);
  }

  override create(...args: Parameters<MemoryStore['create']>): Promise<boolean> {
    return this.once(() => super.create(...args));
  }

  override replace(...args: Parameters<MemoryStore['replace']>): Promise<void> {
    return this.once(() => super.replace(...args));
  }

  private async once<Result>(act: () => Promise<Result>): Promise<Result> {
    this.left -= 1;
    if (this.left < 0 && !this.isAfter) throw new Error('broken');
    const result = await act();
    if (this.left < 0) throw new Error('broken');
    return result;
  }
}

/** Whatever checkpoints the store has are of the one log, and their tiles are there; whoever verifies it finds nothing wrong. */
const expectWhole = async (store: ObjectStore): Promise<void> => {
  expect((await verifyLog({ store, path: PATH, verifier: signer })).faults).toEqual([]);
  for await (const path of store.list(`${PATH}/checkpoints/`)) {
    const { size, root } = openCheckpoint((await store.get(path)) ?? Buffer.alloc(0), { origin: signer.name, logKeys: [signer] });
    expect(root).toEqual(rootOfFirst(size));
  }
  const pointer = await store.get(`${PATH}/checkpoint`);
  if (!pointer) return;
  const { size, root } = openCheckpoint(pointer, { origin: signer.name, logKeys: [signer] });
  expect(await rootOf({ size, read: readPart(store, PATH) })).toEqual(root);
};

describe('a log of the archive', () => {
  it('goes on where it ended', async () => {
    const store = new MemoryStore(systemClock);
    await write(store, 3, 300);
    const writer = await open(store);
    expect([writer.size, writer.published, writer.last]).toEqual([300, 300, entry(299)]);
    await write(store, 512, 513);
    const published = await (await open(store)).publish();
    expect(published).toBeUndefined();
    await expectWhole(store);
    expect((await open(store)).last).toEqual(entry(512));
  });

  it('knows its last entry also where its last bundle is full', async () => {
    const store = new MemoryStore(systemClock);
    await write(store, 256);
    expect((await open(store)).last).toEqual(entry(255));
    expect((await open(new MemoryStore(systemClock))).last).toBeUndefined();
  });

  it('is whole after a crash at every point, misses nothing, and is written on with the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }), fc.array(fc.nat(14), { maxLength: 6 }), fc.boolean(), async (steps, crashes, isAfter) => {
        const store = new Breaking(isAfter);
        const sizes = steps.map((_, at) => steps.slice(0, at + 1).reduce((sum, step) => sum + step, 0));
        for (const crash of crashes) {
          store.left = crash;
          await write(store, ...sizes).catch(() => undefined);
          await expectWhole(store);
        }
        store.left = Infinity;
        const last = sizes.at(-1) ?? 0;
        const writer = await open(store);
        while (writer.size < last) writer.append(entry(writer.size));
        await writer.publish();
        await expectWhole(store);
        expect((await open(store)).size).toBe(last);
      }),
      { numRuns: 60 },
    );
  });

  it('is pointed at where it was left: writers that die one after the other between a checkpoint and its pointer leave one that nothing points at, at most', async () => {
    for (const sizes of [[9, 12, 15], [250, 300, 520, 1_100], [256, 512]]) {
      const store = new Breaking(false);
      store.replace = () => Promise.reject(new Error('broken'));
      for (const size of sizes) await write(store, size).catch(() => undefined);
      expect((await verifyLog({ store, path: PATH, verifier: signer })).faults).toEqual([]);
      store.replace = (...args) => MemoryStore.prototype.replace.apply(store, args);
      expect([(await open(store)).found?.checkpoint, (await readCheckpoint(store, PATH, signer))?.checkpoint.size]).toMatchObject([{ size: sizes[0], root: rootOfFirst(sizes[0] ?? 0) }, sizes[0]]);
    }
  });

  it('is published by the same writer once the store is back, with all that it took meanwhile', async () => {
    const store = new Breaking(false);
    const writer = await open(store);
    for (const round of [0, 1, 2, 3, 4, 5]) {
      for (let at = 0; at < 100; at += 1) writer.append(entry(round * 100 + at));
      store.left = round % 4;
      await expect(writer.publish()).rejects.toThrow('broken');
    }
    store.left = Infinity;
    expect((await writer.publish())?.checkpoint).toMatchObject({ size: 600, root: rootOfFirst(600) });
    await expectWhole(store);
  });

  it('is the same log when two write it at once', async () => {
    const store = new MemoryStore(systemClock);
    const [one, other] = [await open(store), await open(store)];
    for (let at = 0; at < 400; at += 1) {
      one.append(entry(at));
      other.append(entry(at));
      if (at % 60 === 0) await one.publish();
      if (at % 90 === 0) await other.publish();
    }
    await Promise.all([one.publish(), other.publish()]);
    await expectWhole(store);
    expect((await open(store)).size).toBe(400);
  });

  it('never points back where another writer has come further', async () => {
    const store = new MemoryStore(systemClock);
    const [one, other] = [await open(store), await open(store)];
    for (let at = 0; at < 20; at += 1) one.append(entry(at));
    await one.publish();
    for (let at = 0; at < 10; at += 1) other.append(entry(at));
    await other.publish();
    expect((await open(store)).size).toBe(20);
  });

  it('signs nothing over what another one has written', async () => {
    const store = new MemoryStore(systemClock);
    const [one, other] = [await open(store), await open(store)];
    one.append(entry(0));
    other.append(entry(1));
    await one.publish();
    await expect(other.publish()).rejects.toMatchObject({ code: 'ARCHIVE_FORKED', retry: 'never' });
    expect((await open(store)).last).toEqual(entry(0));
  });

  it('is not written on where it is not what it says', async () => {
    const broken: readonly ((store: MemoryStore) => void)[] = [
      (store) => store.tamper(`${PATH}/tile/0/001.p/44`, Buffer.alloc(44 * 32)),
      (store) => store.tamper(`${PATH}/tile/0/001.p/44`, undefined),
      (store) => store.tamper(`${PATH}/tile/entries/001.p/44`, Buffer.from('xx')),
      (store) => store.tamper(`${PATH}/checkpoint`, Buffer.from('xx')),
    ];
    for (const breakIt of broken) {
      const store = new MemoryStore(systemClock);
      await write(store, 300);
      breakIt(store);
      await expect(open(store)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    }
  });

  it('is not written on in a store that was set back', async () => {
    const store = new MemoryStore(systemClock);
    await write(store, 10);
    const known = { origin: signer.name, size: 11, root: rootOfFirst(11) };
    await expect(open(store, { atLeast: known })).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    await expect(open(store, { atLeast: { ...known, size: 10 } })).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    expect((await open(store, { atLeast: { ...known, size: 10, root: rootOfFirst(10) } })).size).toBe(10);
    expect((await open(store, { atLeast: { ...known, size: 9, root: rootOfFirst(9) } })).size).toBe(10);
    await expect(open(store, { atLeast: { ...known, size: 9, root: rootOfFirst(8) } })).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    await write(store, 300);
    for (const size of [10, 200, 256, 257]) expect((await open(store, { atLeast: { ...known, size, root: rootOfFirst(size) } })).size).toBe(300);
  });

  it('has no partial part beside a whole one, unless they are locked', async () => {
    const lockOf = () => ({ mode: 'GOVERNANCE' as const, until: (systemClock.now() + 1_000_000) as Instant });
    const partials = async (store: ObjectStore): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const path of store.list(`${PATH}/tile/`)) if (path.includes('000.p')) found.push(path.slice(PATH.length + 1));
      return found;
    };
    const [free, locked] = [new MemoryStore(systemClock), new MemoryStore(systemClock)];
    await write(free, 1, 2, 256, 257);
    const writer = await open(locked, { lockOf });
    for (const size of [1, 2, 256, 257]) {
      while (writer.size < size) writer.append(entry(writer.size));
      await writer.publish();
    }
    expect(await partials(free)).toEqual(['tile/1/000.p/1']);
    expect(await partials(locked)).toEqual(['tile/0/000.p/1', 'tile/0/000.p/2', 'tile/1/000.p/1', 'tile/entries/000.p/1', 'tile/entries/000.p/2']);
    await expect(locked.remove(`${PATH}/tile/0/000`)).rejects.toMatchObject({ code: 'ARCHIVE_LOCKED' });
    expect(await rootOf({ size: 2, read: readPart(free, PATH) })).toEqual(rootOfFirst(2));
  });
});
