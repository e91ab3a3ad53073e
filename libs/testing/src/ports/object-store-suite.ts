import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogWriter, tidy, verifyLog, type Keep, type ObjectStore } from '@countersign/archive';
import { days, seconds, systemClock, type Instant, type Millis } from '@countersign/kernel';
import { noteSigner } from '@countersign/tlog';

export interface ObjectStoreWorld {
  readonly store: ObjectStore;
  /** Whether it keeps versions and locks; a folder does not. */
  readonly hasLocks: boolean;
  close(): Promise<void>;
}

const bytes = (text: string): Buffer => Buffer.from(text);
const all = async <Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> => {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
};

/** What every driver of the archive keeps to. */
export const objectStoreSuite = (name: string, open: () => Promise<ObjectStoreWorld>): void => {
  describe(`an archive in ${name}`, () => {
    let world: ObjectStoreWorld;
    beforeEach(async () => {
      world = await open();
      await world.store.check();
    });
    afterEach(() => world.close());
    const locked = () => (world.hasLocks ? { mode: 'GOVERNANCE' as const, until: (systemClock.now() + days(1)) as Instant } : undefined);

    it('gives back the bytes of an object, and nothing for one that is not there', async () => {
      const { store } = world;
      const content = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
      expect(await store.create('a/b/c', content)).toBe(true);
      expect(await store.create('empty', bytes(''))).toBe(true);
      expect([await store.get('a/b/c'), await store.get('empty'), await store.get('a/b'), await store.get('a/b/d'), await store.get('a/b/c/d')]).toEqual([content, bytes(''), undefined, undefined, undefined]);
    });

    it('makes an object once: the second one changes nothing', async () => {
      const { store } = world;
      expect([await store.create('x', bytes('one'), locked()), await store.create('x', bytes('two')), await store.create('x', bytes('one'))]).toEqual([true, false, false]);
      expect(await store.get('x')).toEqual(bytes('one'));
    });

    it('has one winner where many make the same object at once, and keeps what the winner wrote', async () => {
      const { store } = world;
      const made = await Promise.all(Array.from({ length: 8 }, (_, at) => store.create('race/x', bytes(`writer ${at}`))));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await store.get('race/x')).toEqual(bytes(`writer ${made.indexOf(true)}`));
    });

    it('writes a pointer over and over', async () => {
      const { store } = world;
      for (const text of ['one', 'two', 'three']) await store.replace('log/checkpoint', bytes(text));
      expect(await store.get('log/checkpoint')).toEqual(bytes('three'));
    });

    it('lists what begins with a prefix, in the order of the bytes', async () => {
      const { store } = world;
      for (const path of ['t/2', 't/10', 't/1', 't/1.p/3', 't-a', 'u', 't/x001/000']) await store.create(path, bytes(path));
      expect(await all(store.list('t/'))).toEqual(['t/1', 't/1.p/3', 't/10', 't/2', 't/x001/000']);
      expect(await all(store.list('t/1'))).toEqual(['t/1', 't/1.p/3', 't/10']);
      expect(await all(store.list('t'))).toEqual(['t-a', 't/1', 't/1.p/3', 't/10', 't/2', 't/x001/000']);
      expect(await all(store.list('nothing/'))).toEqual([]);
    });

    it('lists more than a page holds', async () => {
      const { store } = world;
      const paths = Array.from({ length: 1_050 }, (_, at) => `many/${String(at).padStart(4, '0')}`);
      // As many at a time as there are connections: a request that waits for one counts as unanswered.
      for (let at = 0; at < paths.length; at += 50) await Promise.all(paths.slice(at, at + 50).map((path) => store.create(path, bytes('.'))));
      expect(await all(store.list('many/'))).toEqual(paths);
    });

    it('removes an object, and nothing where there is none', async () => {
      const { store } = world;
      await store.create('gone', bytes('x'));
      await store.remove('gone');
      await store.remove('gone');
      await store.remove('never');
      expect(await store.get('gone')).toBeUndefined();
      expect(await store.create('gone', bytes('y'))).toBe(true);
    });

    it('removes nothing that is locked', async () => {
      const { store, hasLocks } = world;
      if (!hasLocks) return;
      await store.create('kept', bytes('x'), locked());
      await expect(store.remove('kept')).rejects.toMatchObject({ code: 'ARCHIVE_LOCKED' });
      expect(await store.get('kept')).toEqual(bytes('x'));
    });

    it('has its partial tiles and bundles removed once whole ones are there and their locks are over, and stays intact', async () => {
      const { store, hasLocks } = world;
      const signer = noteSigner('ledger.example/ns/log/0', Buffer.alloc(32, 1));
      const path = 'ns/log/0';
      const write = async (sizes: readonly number[], partialFor: Millis): Promise<void> => {
        const lockOf = (keep: Keep) => ({ mode: 'GOVERNANCE' as const, until: (systemClock.now() + (keep === 'whole' ? days(1) : partialFor)) as Instant });
        const writer = await LogWriter.open({ store, path, signer, lockOf });
        for (const size of sizes) {
          while (writer.size < size) writer.append(bytes(`entry ${writer.size}`));
          await writer.publish();
        }
      };
      const partials = async (): Promise<readonly string[]> => (await all(store.list(`${path}/`))).filter((each) => each.includes('.p/')).map((each) => each.slice(path.length + 1));
      const edge = ['tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44'];

      await write([3, 200], seconds(2));
      await write([256, 300], days(1));
      const left = ['tile/0/000.p/200', 'tile/0/000.p/3', 'tile/entries/000.p/200', 'tile/entries/000.p/3'];
      expect(await partials()).toEqual([...left, ...edge].toSorted());
      expect(await tidy({ store, namespace: 'ns', isDry: true })).toEqual({ removed: 4, locked: 0, differing: [] });
      expect(await partials()).toHaveLength(7);
      const first = await tidy({ store, namespace: 'ns' });
      expect(first.removed + first.locked).toBe(4);
      expect(hasLocks || first.locked === 0).toBe(true);
      await expect.poll(() => tidy({ store, namespace: 'ns' }), { timeout: 10_000, interval: 200 }).toEqual({ removed: 0, locked: 0, differing: [] });
      expect(await partials()).toEqual(edge);
      expect(await verifyLog({ store, path, verifier: signer })).toMatchObject({ size: 300, faults: [] });

      await write([310, 512], days(1));
      const second = await tidy({ store, namespace: 'ns' });
      // Two at 300 and two at 310: tiles of tiles are never whole here.
      expect(second).toEqual({ removed: hasLocks ? 0 : 4, locked: hasLocks ? 4 : 0, differing: [] });
      expect(await verifyLog({ store, path, verifier: signer })).toMatchObject({ size: 512, faults: [] });
    });

    it('has one version of what was made once, and tells of more', async () => {
      const { store, hasLocks } = world;
      await store.create('h/made', bytes('x'));
      await store.replace('h/pointer', bytes('1'));
      await store.replace('h/pointer', bytes('2'));
      expect(await all(store.history('h/'))).toEqual([
        { path: 'h/made', versions: 1, isDeleted: false },
        { path: 'h/pointer', versions: hasLocks ? 2 : 1, isDeleted: false },
      ]);
    });

    it('leads nowhere but into itself', async () => {
      const { store } = world;
      for (const path of ['../x', '/x', 'a//b', 'a/../b', '', 'a/', '.drafts/x', `a\u0000b`]) {
        await expect(store.create(path, bytes('x'))).rejects.toThrow('no path of an archive');
      }
    });
  });
};
