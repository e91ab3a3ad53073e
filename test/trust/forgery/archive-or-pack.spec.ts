import { constants } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
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

  it.each([
    ['a pipe', (file: string) => execFileSync('mkfifo', [file])],
    ['a link to what has no end', (file: string) => symlinkSync('/dev/zero', file)],
    ['a file that no text can hold', (file: string) => (writeFileSync(file, ''), truncateSync(file, constants.MAX_STRING_LENGTH + 1))],
  ])('is nothing where a file of a pack is %s', async (what, make) => {
    const pack = what.replaceAll(' ', '-');
    mkdirSync(here.path(pack));
    putEmptyPack(pack);
    rmSync(here.path(pack, 'records.jsonl'));
    make(here.path(pack, 'records.jsonl'));
    expect(await here.run(verifyArchive, [pack], {})).toMatchObject({ code: 8, printed: { intact: false, message: expect.stringMatching(/`records.jsonl` is (?:no regular file|larger than)/) as string } });
  });

  it.each([
    ['null', null, 'the pack has no manifest that is one'],
    ['without a scope', { ...EMPTY, scope: null }, 'the pack has no manifest that is one'],
    ['of runs that are no list', { ...EMPTY, scope: { runs: 5 } }, 'the pack is not as `ledger export` writes it'],
  ])('is nothing where the manifest of a pack is %s', async (_, manifest, message) => {
    rmSync(here.path('misread'), { recursive: true, force: true });
    await here.run(exportPack, [], { archive: 'archive', out: 'misread' });
    const { files } = JSON.parse(readFileSync(here.path('misread', 'manifest.json'), 'utf8')) as { readonly files: object };
    writeFileSync(here.path('misread', 'manifest.json'), JSON.stringify(manifest && { ...manifest, files, anchor: here.anchor }));
    expect(await here.run(verifyArchive, ['misread'], {})).toMatchObject({ code: 8, printed: { intact: false, message } });
  });

  it('is every log of a topic that is named, and nothing is intact where there is none', async () => {
    expect(await here.run(verifyArchive, ['archive'], { topic: ['proposals'] })).toMatchObject({ code: 0, printed: { intact: true } });
    await expect(here.run(verifyArchive, ['archive'], { topic: ['proposals', 'propsals'] })).rejects.toMatchObject({ code: 'USAGE', message: 'there is no topic `propsals` in the archive', hint: 'did you mean `proposals`?' });
    await expect(here.run(verifyArchive, ['archive'], { topic: ['approvals'] })).rejects.toMatchObject({ code: 'USAGE', hint: 'one of anchor, controls, decisions, executions, inbox.acme, proposals, tasks' });
  });
});
