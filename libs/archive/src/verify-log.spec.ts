import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@countersign/kernel';
import { decodeBundle, encodeBundle, logSeed, noteSigner, rootOf, signCheckpoint, type TreeHead } from '@countersign/tlog';
import { LogWriter, readPart } from './log-writer.js';
import { MemoryStore } from './memory-store.js';
import { verifyLog, type LogFaultCode } from './verify-log.js';

const PATH = 'countersign/tasks/0';
const signer = noteSigner(`ledger.example/${PATH}`, logSeed(Buffer.alloc(32, 1), PATH, 0));
const SIZES = [1, 7, 256, 300, 511, 700];
const entry = (at: number, salt = ''): Buffer => Buffer.from(`entry ${at}${salt}`);

const write = async (salt = '', from = 0): Promise<MemoryStore> => {
  const store = new MemoryStore(systemClock);
  const writer = await LogWriter.open({ store, path: PATH, signer });
  for (const size of SIZES) {
    while (writer.size < size) writer.append(entry(writer.size, writer.size >= from ? salt : ''));
    await writer.publish();
  }
  return store;
};

const verify = async (store: MemoryStore, known: readonly TreeHead[] = []) => {
  const seen: number[] = [];
  const { faults, ...rest } = await verifyLog({ store, path: PATH, verifier: signer, known, onEntry: (_entry, index) => void seen.push(index) });
  return { ...rest, seen: seen.length, fault: faults[0] && { code: faults[0].code, index: faults[0].index, before: faults[0].before } };
};

describe('verifying a log', () => {
  let intact: MemoryStore;
  beforeAll(async () => {
    intact = await write();
  });
  const at = async (path: string): Promise<Buffer> => (await intact.get(`${PATH}/${path}`)) ?? Buffer.alloc(0);
  const change = async (path: string, act: (bytes: Buffer) => Uint8Array | undefined) => {
    const store = intact.copy();
    store.tamper(`${PATH}/${path}`, act(Buffer.from(await at(path))));
    return verify(store);
  };

  it('finds nothing in one that is intact, and hands over every entry', async () => {
    expect(await verify(intact)).toEqual({ size: 700, root: await rootOf({ size: 700, read: readPart(intact, PATH) }), checkpoints: 6, seen: 700, fault: undefined });
    expect(await verify(intact, [{ size: 300, root: await rootOf({ size: 300, read: readPart(intact, PATH) }) }])).toMatchObject({ fault: undefined });
    expect(await verify(new MemoryStore(systemClock))).toMatchObject({ size: 0, checkpoints: 0, seen: 0, fault: undefined });
  });

  it('names the entry that was changed, and hands over none from it on', async () => {
    const changed = await change('tile/entries/001', (bundle) => {
      const entries = [...decodeBundle(bundle, 256)];
      entries[44] = Buffer.from('another');
      return encodeBundle(entries);
    });
    expect(changed).toMatchObject({ size: 300, seen: 300, fault: { code: 'entry.changed', index: 300 } });
  });

  it('sees every byte that is changed in any object', async () => {
    const paths: string[] = [];
    for await (const path of intact.list(`${PATH}/`)) paths.push(path.slice(PATH.length + 1));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.nat(), fc.integer({ min: 1, max: 255 }), async (path, place, bits) => {
        const { fault } = await change(path, (bytes) => {
          const index = place % bytes.length;
          bytes[index] = (bytes[index] ?? 0) ^ bits;
          return bytes;
        });
        expect(fault).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  it('sees every object that was deleted or cut', async () => {
    for await (const path of intact.list(`${PATH}/`)) {
      const name = path.slice(PATH.length + 1);
      expect((await change(name, () => undefined)).fault).toBeDefined();
      expect((await change(name, (bytes) => bytes.subarray(0, -1))).fault).toBeDefined();
    }
  });

  it.each<[string, LogFaultCode, (store: MemoryStore) => Promise<void>]>([
    ['a checkpoint of another key', 'checkpoint.invalid', async (store) => store.tamper(`${PATH}/checkpoint`, signCheckpoint({ origin: signer.name, size: 700, root: await rootOf({ size: 700, read: readPart(intact, PATH) }) }, noteSigner(signer.name, Buffer.alloc(32, 9))))],
    ['an older checkpoint', 'log.rolled-back', async (store) => store.tamper(`${PATH}/checkpoint`, await at('checkpoints/256'))],
    ['no checkpoint at all', 'log.rolled-back', (store) => Promise.resolve(store.tamper(`${PATH}/checkpoint`, undefined))],
    ['a stored checkpoint of another size', 'checkpoint.invalid', async (store) => store.tamper(`${PATH}/checkpoints/300`, await at('checkpoints/511'))],
    ['a file that belongs to no log', 'object.foreign', (store) => Promise.resolve(store.tamper(`${PATH}/readme.txt`, Buffer.from('x')))],
    ['a second version with the same bytes', 'object.tampered', async (store) => store.tamper(`${PATH}/tile/0/000`, await at('tile/0/000'))],
  ])('tells of %s', async (_what, code, tamper) => {
    const store = intact.copy();
    await tamper(store);
    expect((await verify(store)).fault?.code).toBe(code);
  });

  it.each([511, 300])('reads up to the newest checkpoint that is stored where one writer, or two at once, died before they pointed at it', async (pointed) => {
    const store = intact.copy();
    store.overwrite(`${PATH}/checkpoint`, await at(`checkpoints/${pointed}`));
    expect(await verify(store)).toMatchObject({ size: 700, checkpoints: 6, seen: 700, fault: undefined });
    expect((await verify(store, [{ size: 700, root: await rootOf({ size: 700, read: readPart(intact, PATH) }) }])).fault).toMatchObject({ code: 'log.rolled-back', index: pointed });
  });

  it('sees a history that whoever has the key has written anew, where one of its roots is known or was kept', async () => {
    const rewritten = await write('!', 300);
    const known = { size: 511, root: await rootOf({ size: 511, read: readPart(intact, PATH) }) };
    expect((await verify(rewritten)).fault).toBeUndefined();
    expect((await verify(rewritten, [known])).fault).toMatchObject({ code: 'history.rewritten', before: 511 });
    rewritten.tamper(`${PATH}/checkpoints/511`, await at('checkpoints/511'));
    expect((await verify(rewritten)).fault).toEqual({ code: 'history.rewritten', index: 300, before: 511 });
  });

  it('finds nothing wrong with a log that is written on while it is read', async () => {
    const store = new MemoryStore(systemClock);
    const writer = await LogWriter.open({ store, path: PATH, signer });
    const list = store.list.bind(store);
    store.list = async function* (prefix) {
      if (prefix.endsWith('/checkpoints/')) {
        for (let count = 0; count < 200; count += 1) writer.append(entry(writer.size));
        await writer.publish();
      }
      yield* list(prefix);
    };
    for (let reading = 1; reading <= 3; reading += 1) expect(await verifyLog({ store, path: PATH, verifier: signer })).toMatchObject({ size: 200 * reading, faults: [] });
  });

  it('sees an end that was cut off together with its checkpoints, where it is known', async () => {
    const short = intact.copy();
    short.tamper(`${PATH}/checkpoint`, await at('checkpoints/511'));
    short.tamper(`${PATH}/checkpoints/700`, undefined);
    expect((await verify(short, [{ size: 700, root: await rootOf({ size: 700, read: readPart(intact, PATH) }) }])).fault).toMatchObject({ code: 'log.rolled-back', index: 511 });
  });
});
