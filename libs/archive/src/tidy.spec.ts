import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type Instant } from '@countersign/kernel';
import { noteSigner } from '@countersign/tlog';
import { LogWriter } from './log-writer.js';
import { MemoryStore } from './memory-store.js';
import { tidy } from './tidy.js';
import { verifyLog } from './verify-log.js';

const PATH = 'ns/log/0';
const PARTIAL = `${PATH}/tile/entries/000.p/9`;
const signer = noteSigner(`ledger.example/${PATH}`, Buffer.alloc(32, 1));
const verify = async (store: MemoryStore) => (await verifyLog({ store, path: PATH, verifier: signer })).faults;

describe('tidying an archive', () => {
  let now = 0;
  let store: MemoryStore;
  beforeEach(async () => {
    now = systemClock.now();
    store = new MemoryStore({ now: () => now as Instant });
    const writer = await LogWriter.open({ store, path: PATH, signer, lockOf: () => ({ mode: 'GOVERNANCE', until: (now + 1_000) as Instant }) });
    for (const size of [9, 300]) {
      while (writer.size < size) writer.append(Buffer.from(`entry ${writer.size}`));
      await writer.publish();
    }
  });

  it('waits for each lock, and leaves what nothing has taken the place of', async () => {
    expect(await tidy({ store, namespace: 'ns' })).toEqual({ removed: 0, locked: 2, differing: [] });
    now += 1_000;
    expect(await tidy({ store, namespace: 'other' })).toEqual({ removed: 0, locked: 0, differing: [] });
    expect(await tidy({ store, namespace: 'ns' })).toEqual({ removed: 2, locked: 0, differing: [] });
    const left: string[] = [];
    for await (const path of store.list(`${PATH}/tile/`)) if (path.includes('.p/')) left.push(path.slice(PATH.length + 1));
    expect(left).toEqual(['tile/0/001.p/44', 'tile/1/000.p/1', 'tile/entries/001.p/44']);
    expect(await verify(store)).toEqual([]);
  });

  it('keeps what is not how its whole one begins: somebody changed one of the two', async () => {
    now += 1_000;
    store.overwrite(PARTIAL, Buffer.from('another'));
    expect(await tidy({ store, namespace: 'ns' })).toEqual({ removed: 1, locked: 0, differing: [PARTIAL] });
    expect(await store.get(PARTIAL)).toEqual(Buffer.from('another'));
    expect(await verify(store)).toMatchObject([{ code: 'object.tampered' }]);
  });

  it('is no fault of an archive where a bucket did it by a rule of its own, which leaves a marker', async () => {
    store.tamper(PARTIAL, undefined);
    expect(await verify(store)).toEqual([]);
    store.tamper(`${PATH}/tile/entries/001.p/44`, undefined);
    expect(await verify(store)).toMatchObject([{ code: 'object.missing' }, { code: 'object.tampered' }]);
  });
});
