import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redactedLine } from '@countersign/audit';
import { generateKey, rawPublicKeyOf } from '@countersign/identity';
import { sha256 } from '@countersign/kernel';
import { exportPack } from '../../../apps/cli/src/ledger/export.js';
import { proveEvent } from '../../../apps/cli/src/ledger/prove.js';
import { verifyArchive } from '../../../apps/cli/src/ledger/verify/verify.js';
import { randomOf } from '../../support/random.ts';
import { rewriteAll } from '../../tamper/scene.ts';
import { ArchiveFolder } from './archive-folder.ts';
import { STRANGER } from './desk.ts';

interface Line {
  readonly log: string;
  readonly index: number;
  readonly entry: string;
  readonly receipt: string;
}

describe('a pack, and who gives it', () => {
  let here: ArchiveFolder;
  let run: string;
  beforeAll(async () => {
    here = await ArchiveFolder.make();
    await here.run(exportPack, [], { archive: 'archive', out: 'all' });
    run = linesOf('all').flatMap(({ log, entry }) => (log.startsWith('proposals/') ? (/"run":"(?<id>[^"]+)"/.exec(entry)?.groups?.['id'] ?? []) : []))[0] ?? '';
    await here.run(exportPack, [], { archive: 'archive', out: 'one', run: [run] });
  });
  afterAll(() => here.remove());

  const linesOf = (pack: string): readonly Line[] => readFileSync(here.path(pack, 'records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Line);
  const verify = (pack: string, options: { readonly root?: string } = { root: 'root.json' }) => here.run(verifyArchive, [pack], options);
  const message = async (pack: string, options?: { readonly root?: string }) => (await verify(pack, options)).printed['message'];

  /** A copy of a pack with other lines, or another manifest, that says of it what is there then: nobody has signed it. */
  const copied = (pack: string, name: string, { lines = (all) => all, manifest = {} }: { readonly lines?: (all: readonly Line[]) => readonly Line[]; readonly manifest?: object } = {}): string => {
    rmSync(here.path(name), { recursive: true, force: true });
    cpSync(here.path(pack), here.path(name), { recursive: true });
    const kept = lines(linesOf(pack));
    const records = kept.map((line) => `${JSON.stringify(line)}\n`).join('');
    writeFileSync(here.path(name, 'records.jsonl'), records);
    const before = JSON.parse(readFileSync(here.path(name, 'manifest.json'), 'utf8')) as { readonly files: object };
    const times = kept.flatMap(({ entry = '{}' }: Partial<Line>) => (JSON.parse(entry) as { readonly t?: number }).t ?? []);
    const told = { records: kept.length, first: new Date(Math.min(...times)).toISOString(), last: new Date(Math.max(...times)).toISOString() };
    writeFileSync(here.path(name, 'manifest.json'), JSON.stringify({ ...before, ...told, files: { ...before.files, 'records.jsonl': sha256(records) }, ...manifest }));
    return name;
  };

  it('is intact as it was exported, whole or of one run, and says what was checked', async () => {
    expect(await verify('all')).toMatchObject({ code: 0, printed: { intact: true, signaturesChecked: true, runs: 14 } });
    expect(await verify('one')).toMatchObject({ code: 0, printed: { intact: true, signaturesChecked: true, runs: 1, origin: 'ledger.example', namespace: 'countersign' } });
    expect(await verify('one', {})).toMatchObject({ code: 0, printed: { intact: true, signaturesChecked: false } });
  });

  it('is refused where a blob was changed or is gone, and so is a proof', async () => {
    const blob = readdirSync(here.path('all')).find((name) => name.endsWith('.blob')) ?? '';
    copied('all', 'blob');
    writeFileSync(here.path('blob', blob), readFileSync(here.path('blob', blob), 'utf8').replace('"o":0', '"o":1'), { mode: 0o600 });
    expect(await message('blob', {})).toContain('is not what its entry says');
    rmSync(here.path('blob', blob));
    expect(await message('blob', {})).toContain('is not there');
    await here.run(proveEvent, ['inbox.acme/0/0'], { archive: 'archive', out: 'proof' });
    expect(await verify('proof', {})).toMatchObject({ code: 0 });
    expect(existsSync(here.path('proof', 'record.blob'))).toBe(true);
    writeFileSync(here.path('proof', 'record.blob'), 'x');
    expect(await message('proof', {})).toContain('is not what its entry says');
    rmSync(join(here.path('proof'), 'record.blob'));
    expect(await message('proof', {})).toContain('is not there');
  });

  it('takes no name, number or time from a manifest that says something else than what is proven', async () => {
    const other = here.anchor.replace('ledger.example', 'other.example');
    for (const [manifest, field] of [[{ origin: 'other.example' }, 'origin'], [{ namespace: 'other' }, 'namespace'], [{ anchor: other }, 'anchor'], [{ records: 7 }, 'records'], [{ first: '2020-01-01T00:00:00.000Z' }, 'first'], [{ last: '2030-01-01T00:00:00.000Z' }, 'last']] as const) {
      expect(await message(copied('one', 'manifest', { manifest }), {})).toContain(`\`${field}\``);
    }
  });

  it('tells of records that are not of its scope, and of controls that are left out', async () => {
    const isOther = ({ entry, log }: Line) => !log.startsWith('controls/') && /"run":"/.test(entry) && !entry.includes(run);
    const stranger = linesOf('all').find((line) => line.log.startsWith('tasks/') && isOther(line));
    expect(await message(copied('one', 'more', { lines: (all) => [...all, ...(stranger ? [stranger] : [])].toSorted((one, next) => one.log.localeCompare(next.log) || one.index - next.index) }), {})).toContain('scope');
    expect(await message(copied('one', 'less', { lines: (all) => all.filter(({ log, index }) => !(log === 'controls/0' && index === 3)) }), {})).toContain('controls');
    expect(await message(copied('one', 'none', { lines: (all) => all.filter(({ entry }) => !entry.includes(run)) }), {})).toContain(run);
  });

  it('tells of an event of a run that is left out where the end of the run counts it', async () => {
    const lines = (all: readonly Line[]) => all.filter(({ log, entry }) => !(log.startsWith('proposals/') && entry.includes('action.proposed')));
    expect(await verify(copied('one', 'short', { lines }), {})).toMatchObject({ code: 0 });
    expect(await message(copied('one', 'short', { lines }))).toContain(`run \`${run}\` ends with`);
  });

  it('is intact where records are left out for what may be in them, and says nothing of the runs in their logs', async () => {
    const leaves = ({ log, entry }: Line): boolean => log.startsWith('proposals/') && entry.includes('action.proposed');
    const lines = (all: readonly Line[]) => all.map((line) => (leaves(line) ? (JSON.parse(redactedLine(line.log, { entry: Buffer.from(line.entry), receipt: line.receipt }, ['personal'])) as Line) : line));
    expect(await verify(copied('one', 'redacted', { lines, manifest: { redacted: ['personal'] } }))).toMatchObject({ code: 0, printed: { leftOut: 1, signaturesChecked: true, runs: 0 } });
    expect(await message(copied('one', 'redacted', { lines, manifest: { redacted: ['secret'] } }))).toContain('for another reason');
  });

  it('says how many causes are not in it, where nothing else tells that the end of a run is left out', async () => {
    const whole = (await verify('one')).printed['causesElsewhere'];
    const { code, printed } = await verify(copied('one', 'endless', { lines: (all) => all.filter(({ log, entry }) => !(log.startsWith('proposals/') && entry.includes(run))) }));
    expect({ code, runs: printed['runs'] }).toEqual({ code: 0, runs: 0 });
    expect(Number(printed['causesElsewhere'])).toBeGreaterThan(Number(whole));
  });

  it('of an archive that was written anew with all its keys is refused where somebody brings the keys of the people', async () => {
    const { subject } = here;
    const store = subject.archived.store.copy();
    const changed = subject.sources.map((source) => (source.topic === 'tasks' ? { ...source, records: source.records.map((record) => ({ ...record, value: record.value && Buffer.from(record.value.toString().replace(/"amount_cents":\d+/, '"amount_cents":1')) })) } : source));
    await rewriteAll({ ...subject, store, random: randomOf(3) }, changed);
    await here.write('rewritten', store);
    await here.run(exportPack, [], { archive: 'rewritten', out: 'forged', run: [run] });
    expect(await verify('forged', {})).toMatchObject({ code: 0 });
    expect(await message('forged')).toMatch(/tasks\/\d.*offset/);
  });

  it('is held against the people’s keys, and a proof cannot be', async () => {
    writeFileSync(here.path('others.json'), JSON.stringify({ people: ['admin', 'operator'].map((role) => ({ subject: STRANGER.subject.replace('mallory', role), publicKey: rawPublicKeyOf(generateKey()), roles: [role] })) }));
    expect(await message('one', { root: 'others.json' })).toContain('no control');
    await here.run(proveEvent, ['tasks/0/1'], { archive: 'archive', out: 'single' });
    await expect(verify('single')).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('ledger export') as string });
    await expect(here.run(verifyArchive, ['one'], { topic: ['tasks'] })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
