import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileStore, LogWriter, readPart, verifyLog } from '../../libs/archive/src/index.ts';
import { days, type Instant } from '../../libs/kernel/src/index.ts';
import { buildGoModule } from '../../libs/stack/src/index.ts';
import { decodeReceipt, decodeVerifier, encodeReceipt, encodeVerifier, noteSigner, openCheckpoint, proveInclusion, signatureOf, verifyReceipt, withSignatures } from '../../libs/tlog/src/index.ts';

const built = await buildGoModule({ folder: fileURLToPath(new URL('go', import.meta.url)), packages: ['.'] });
const missing = 'missing' in built ? built.missing : undefined;

const PATH = 'countersign/tasks/0';
const signer = noteSigner(`ledger.example/${PATH}`, Buffer.alloc(32, 1));
const witness = noteSigner('witness.example/w1', Buffer.alloc(32, 2), 'cosignature');
const stranger = noteSigner('witness.example/w2', Buffer.alloc(32, 3), 'cosignature');
const entry = (at: number): Buffer => Buffer.from(`entry ${at}`);

/** Ends where a log has: a bundle that is nearly, just and more than full, several of them, and a second level of tiles that is full. */
const LOGS: readonly { readonly sizes: readonly number[]; readonly keepsPartials?: boolean }[] = [
  { sizes: [1] },
  { sizes: [255] },
  { sizes: [3, 256] },
  { sizes: [256, 257] },
  { sizes: [100, 255, 300, 513, 700] },
  { sizes: [100, 255, 300, 513, 700], keepsPartials: true },
  { sizes: [300, 65_536, 65_536 + 259] },
];
const LONG_MS = 120_000;

/** What is left of the first tile from when it was partial. */
const partials = (folder: string): readonly string[] => (existsSync(join(folder, 'tile/0/000.p')) ? readdirSync(join(folder, 'tile/0/000.p')) : []);

describe.skipIf(missing !== undefined)(`logs in the hands of tools that others wrote${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  const root = mkdtempSync(join(tmpdir(), 'interop-'));
  const key = encodeVerifier(signer);
  let folders = 0;
  const newFolder = (): string => join(root, String((folders += 1)));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** What a tool prints; rejects with what it complains of. */
  const run = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)(join('programs' in built ? built.programs : '', 'interop'), [...args])).stdout;

  const writeLog = async (sizes: readonly number[], keepsPartials = false): Promise<{ readonly store: FileStore; readonly folder: string }> => {
    const folder = newFolder();
    const store = new FileStore(folder);
    const writer = await LogWriter.open({ store, path: PATH, signer, ...(keepsPartials ? { lockOf: () => ({ mode: 'GOVERNANCE', until: days(1) as number as Instant }) } : {}) });
    for (const size of sizes) {
      while (writer.size < size) writer.append(entry(writer.size));
      await writer.publish();
    }
    return { store, folder: join(folder, PATH) };
  };

  const receiptOf = async (store: FileStore, size: number, index: number): Promise<string> =>
    encodeReceipt({ index, path: await proveInclusion({ size, read: readPart(store, PATH) }, index), checkpoint: (await store.get(`${PATH}/checkpoints/${size}`)) ?? Buffer.alloc(0), extra: Buffer.from('more') });

  const spicy = (receipt: string, bytes: Buffer, policy: string): Promise<string> => {
    const files = ['receipt', 'entry', 'policy'].map((name) => join(root, name));
    for (const [at, text] of [receipt, bytes, policy].entries()) writeFileSync(files[at] ?? '', text);
    return run('spicy', ...files);
  };

  it.each(LOGS)('x/mod and the fsck of tessera find a log with checkpoints at $sizes whole, with all its tiles, entries and proofs', { timeout: LONG_MS }, async ({ sizes, keepsPartials }) => {
    const { folder } = await writeLog(sizes, keepsPartials);
    expect(partials(folder).length > 0).toBe(keepsPartials === true || (sizes.at(-1) ?? 0) < 256);
    await run('sumdb', folder, key);
    await run('fsck', folder, key);
  });

  describe('where one byte was changed', () => {
    let whole: string;
    beforeAll(async () => {
      whole = (await writeLog([300, 700])).folder;
    });

    /** A copy of the log with one bit of one object turned over. */
    const changed = (object: string, at: number): string => {
      const folder = newFolder();
      cpSync(whole, folder, { recursive: true });
      const path = join(folder, object);
      const bytes = readFileSync(path);
      const place = at < 0 ? bytes.length + at : at;
      bytes.writeUInt8((bytes[place] ?? 0) ^ 1, place);
      chmodSync(path, 0o600);
      writeFileSync(path, bytes);
      return folder;
    };

    it.each([
      ['tile/entries/001', 2_000],
      ['tile/entries/002.p/188', -1],
      ['tile/0/000', 40],
      ['tile/0/002.p/188', -1],
      ['tile/1/000.p/2', 3],
      ['checkpoint', 40],
    ])('both refuse the log: %s, byte %i', async (object, at) => {
      const folder = changed(object, at);
      await expect(run('sumdb', folder, key)).rejects.toThrow('Command failed');
      await expect(run('fsck', folder, key)).rejects.toThrow('Command failed');
    });

    it('x/mod refuses a history that does not go on from an older checkpoint', async () => {
      const other = await writeLog([299, 300]);
      const store = new FileStore(newFolder());
      const forked = await LogWriter.open({ store, path: PATH, signer });
      for (let at = 0; at < 300; at += 1) forked.append(Buffer.from(`another ${at}`));
      await forked.publish();
      chmodSync(join(other.folder, 'checkpoints/300'), 0o600);
      writeFileSync(join(other.folder, 'checkpoints/300'), (await store.get(`${PATH}/checkpoint`)) ?? '');
      await expect(run('sumdb', other.folder, key)).rejects.toThrow('size 300 does not go on from size 299');
    });
  });

  it('torchwood takes our receipts of any entry, and none of another one', async () => {
    const { store } = await writeLog([257, 700]);
    const policy = `log ${key}\nquorum none\n`;
    for (const [size, index] of [[257, 0], [257, 256], [700, 255], [700, 699]] as const) {
      const receipt = await receiptOf(store, size, index);
      await spicy(receipt, entry(index), policy);
      await expect(spicy(receipt, entry(index + 1), policy)).rejects.toThrow('verification failed');
      await expect(spicy(receipt.replace(`\nindex ${index}\n`, `\nindex ${index + 1}\n`), entry(index), policy)).rejects.toThrow('verification failed');
    }
    const other = encodeVerifier(noteSigner(signer.name, Buffer.alloc(32, 9)));
    await expect(spicy(await receiptOf(store, 700, 5), entry(5), `log ${other}\nquorum none\n`)).rejects.toThrow('Command failed');
  });

  it('torchwood counts our cosignatures as a witness\'s, and only of the witness that it asks for', async () => {
    const { store } = await writeLog([300]);
    const trust = { origin: signer.name, logKeys: [signer] };
    const { note } = openCheckpoint((await store.get(`${PATH}/checkpoint`)) ?? Buffer.alloc(0), trust);
    const checkpoint = withSignatures(note, [signatureOf(witness, note.text, 1_790_000_000)]);
    const receipt = encodeReceipt({ ...decodeReceipt(await receiptOf(store, 300, 7)), checkpoint });
    const asking = (whom: typeof witness): string => `log ${key}\nwitness w ${encodeVerifier(whom)}\nquorum w\n`;
    await spicy(receipt, entry(7), asking(witness));
    await expect(spicy(receipt, entry(7), asking(stranger))).rejects.toThrow('Command failed');
    await expect(spicy(await receiptOf(store, 300, 7), entry(7), asking(witness))).rejects.toThrow('Command failed');
  });

  it('a log that tessera has made, and a receipt that torchwood has written, are read by us, and refused where they were changed', { timeout: LONG_MS }, async () => {
    const folder = newFolder();
    const verifier = decodeVerifier((await run('write', join(folder, 'log'), 'tessera.example/log', '700')).trim());
    const store = new FileStore(folder);
    const found: string[] = [];
    const verify = () => verifyLog({ store, path: 'log', verifier, onEntry: (bytes) => void found.push(bytes.toString()) });
    expect(await verify()).toMatchObject({ size: 700, faults: [] });
    expect([...found].toSorted()).toEqual(Array.from({ length: 700 }, (_, at) => entry(at).toString()).toSorted());

    const trust = { origin: verifier.name, logKeys: [verifier] };
    const receipt = decodeReceipt(await run('receipt', join(folder, 'log'), encodeVerifier(verifier), '512'));
    expect(verifyReceipt(Buffer.from(found[512] ?? ''), receipt, trust)).toMatchObject({ size: 700, origin: 'tessera.example/log' });
    expect(receipt.extra?.toString()).toBe('extra');
    expect(() => verifyReceipt(Buffer.from(found[511] ?? ''), receipt, trust)).toThrow('does not show');

    const bundle = join(folder, 'log/tile/entries', '001');
    const bytes = readFileSync(bundle);
    bytes.writeUInt8((bytes[500] ?? 0) ^ 1, 500);
    writeFileSync(bundle, bytes);
    expect((await verify()).faults).toMatchObject([{ code: 'entry.changed' }]);
  });
});
