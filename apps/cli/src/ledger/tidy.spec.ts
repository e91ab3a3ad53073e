import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStore, LogWriter } from '@countersign/archive';
import { noteSigner } from '@countersign/tlog';
import { contextIn } from '../spec-support/context.spec-support.js';
import { tidyArchive } from './tidy.js';

const PATH = 'countersign/tasks/0';

describe('ledger tidy', () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidy-'));
    const store = new FileStore(join(folder, 'archive'));
    const writer = await LogWriter.open({ store, path: PATH, signer: noteSigner(`ledger.example/${PATH}`, Buffer.alloc(32, 1)), lockOf: () => ({ mode: 'GOVERNANCE', until: 0 as never }) });
    for (const size of [9, 300]) {
      while (writer.size < size) writer.append(Buffer.from(`entry ${writer.size}`));
      await writer.publish();
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (options: { readonly dryRun?: boolean; readonly namespace?: string } = {}) => {
    const { context, out } = contextIn(folder, { json: true });
    const code = await tidyArchive(context, { args: ['archive'], options });
    return { code, printed: JSON.parse(out()) as unknown };
  };

  it('counts first what it would remove, and removes it then', async () => {
    for (const dryRun of [true, true, false]) expect(await run({ dryRun })).toMatchObject({ code: 0, printed: { namespace: 'countersign', dryRun, removed: 2, locked: 0, differing: [] } });
    expect(await run()).toMatchObject({ code: 0, printed: { removed: 0 } });
    expect(await run({ namespace: 'other' })).toMatchObject({ code: 0, printed: { removed: 0 } });
  });

  it('ends with 8, and keeps both, where what is there is not what was written', async () => {
    const store = new FileStore(join(folder, 'archive'));
    await store.remove(`${PATH}/tile/entries/000.p/9`);
    await store.create(`${PATH}/tile/entries/000.p/9`, Buffer.from('another'));
    expect(await run()).toMatchObject({ code: 8, printed: { removed: 1, differing: [`${PATH}/tile/entries/000.p/9`] } });
    expect(await store.get(`${PATH}/tile/entries/000.p/9`)).toEqual(Buffer.from('another'));
  });
});
