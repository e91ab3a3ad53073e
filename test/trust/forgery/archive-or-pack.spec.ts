import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '@countersign/kernel';
import { exportPack } from '../../../apps/cli/src/ledger/export.js';
import { verifyArchive } from '../../../apps/cli/src/ledger/verify/verify.js';
import { ArchiveFolder } from './archive-folder.ts';

/** Of a pack that has nothing in it. */
const EMPTY = { v: 1, origin: 'ledger.example', namespace: 'countersign', scope: {}, records: 0, files: { 'records.jsonl': sha256(''), 'logs.jsonl': sha256('') } };

describe('what is verified in a folder', () => {
  let here: ArchiveFolder;
  beforeAll(async () => {
    here = await ArchiveFolder.make();
  });
  afterAll(() => here.remove());

  const putEmptyPack = (name: string): void => {
    for (const [file, text] of Object.entries({ 'manifest.json': JSON.stringify({ ...EMPTY, anchor: here.anchor }), 'records.jsonl': '', 'logs.jsonl': '' })) writeFileSync(here.path(name, file), text);
  };

  it('is not for a file to say that somebody has put into the folder of an archive', async () => {
    cpSync(here.path('archive'), here.path('with-pack'), { recursive: true });
    putEmptyPack('with-pack');
    await expect(here.run(verifyArchive, ['with-pack'], {})).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', exitCode: 8, message: expect.stringContaining('manifest.json') as string, hint: expect.stringContaining('archive') as string });
    cpSync(here.path('archive'), here.path('with-proof'), { recursive: true });
    writeFileSync(here.path('with-proof', 'record.tlog-proof'), '');
    await expect(here.run(verifyArchive, ['with-proof'], {})).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', exitCode: 8 });
  });

  it('is not for one in the folder of a pack either', async () => {
    await here.run(exportPack, [], { archive: 'archive', out: 'pack' });
    expect(await here.run(verifyArchive, ['pack'], {})).toMatchObject({ code: 0 });
    writeFileSync(here.path('pack', 'record.tlog-proof'), '');
    await expect(here.run(verifyArchive, ['pack'], {})).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', exitCode: 8 });
  });

  it('is nothing where a pack has no records: the controls are in each', async () => {
    mkdirSync(here.path('empty'));
    putEmptyPack('empty');
    expect(await here.run(verifyArchive, ['empty'], {})).toMatchObject({ code: 8, printed: { intact: false, message: expect.stringContaining('controls') as string } });
  });

  it('is every log of a topic that is named, and nothing is intact where there is none', async () => {
    expect(await here.run(verifyArchive, ['archive'], { topic: ['proposals'] })).toMatchObject({ code: 0, printed: { intact: true } });
    await expect(here.run(verifyArchive, ['archive'], { topic: ['proposals', 'propsals'] })).rejects.toMatchObject({ code: 'USAGE', message: 'there is no topic `propsals` in the archive', hint: 'did you mean `proposals`?' });
    await expect(here.run(verifyArchive, ['archive'], { topic: ['approvals'] })).rejects.toMatchObject({ code: 'USAGE', hint: 'one of anchor, controls, decisions, executions, inbox.acme, proposals, tasks' });
  });
});
