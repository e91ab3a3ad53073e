import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryStore } from '@countersign/archive';
import { Prover, readAnchor } from '@countersign/audit';
import { decodeVerifier } from '@countersign/tlog';
import { exportPack } from '../../../apps/cli/src/ledger/export.js';
import { proveEvent } from '../../../apps/cli/src/ledger/prove.js';
import { bytesOf, put } from '../../tamper/scene.ts';
import { pathOf } from '../../tamper/signed-log.ts';
import { ArchiveFolder } from './archive-folder.ts';

const REFUSED = { code: 'ARCHIVE_INVALID', hint: expect.stringContaining('countersign ledger verify') as string };

/** As many bytes. */
const withOtherTimes = (bundle: Buffer): Buffer => Buffer.from(bundle.toString('latin1').replaceAll(/"t":\d/g, '"t":9'), 'latin1');

const change = async (store: MemoryStore, below: string, into: (bytes: Buffer) => Buffer): Promise<void> => {
  for await (const path of store.list(below)) put(store, path, into(await bytesOf(store, path)));
};

describe('a proof', () => {
  let here: ArchiveFolder;
  beforeAll(async () => {
    here = await ArchiveFolder.make();
    const store = here.subject.archived.store.copy();
    await change(store, `${pathOf('tasks', 0)}/tile/entries`, withOtherTimes);
    await change(store, `${pathOf('tasks', 1)}/tile/0`, () => Buffer.from('short'));
    await change(store, 'blobs/', () => Buffer.from('{}'));
    await here.write('tampered', store);
  });
  afterAll(() => here.remove());

  it('is written of what is shown by it, and of nothing else in an archive that was tampered with', async () => {
    expect(await here.run(proveEvent, ['controls/0/0'], { archive: 'tampered', out: 'control' })).toMatchObject({ code: undefined });
    await expect(here.run(proveEvent, ['inbox.acme/0/0'], { archive: 'tampered', out: 'blob' })).rejects.toMatchObject(REFUSED);
    await expect(here.run(proveEvent, ['tasks/1/0'], { archive: 'tampered', out: 'tile' })).rejects.toMatchObject(REFUSED);
    await expect(here.run(proveEvent, ['tasks/0/0'], { archive: 'tampered', out: 'entry' })).rejects.toMatchObject(REFUSED);
    expect(['blob', 'tile', 'entry'].map((name) => existsSync(here.path(name)))).toEqual([false, false, false]);
  });

  it('is made of no record that was changed, whoever asks for it', async () => {
    const { store } = here.subject.archived;
    const trust = { anchor: decodeVerifier(here.anchor) };
    const tampered = store.copy();
    await change(tampered, `${pathOf('tasks', 0)}/tile/entries`, withOtherTimes);
    const prover = await Prover.open(tampered, await readAnchor(tampered, trust), trust);
    await expect(prover.prove('tasks/0', 0)).rejects.toMatchObject(REFUSED);
    await expect(prover.prove('tasks/0', 100_000)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is in no pack of an archive that was tampered with', async () => {
    await expect(here.run(exportPack, [], { archive: 'tampered', out: 'pack' })).rejects.toMatchObject(REFUSED);
    expect(existsSync(here.path('pack', 'manifest.json'))).toBe(false);
  });
});
