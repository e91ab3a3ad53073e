import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliProcess } from '../../apps/cli/src/cli.ts';
import { requireNewest, requireNewestOf } from '../../apps/cli/src/dev/newest-archive.ts';
import { localWitness, WITNESS_MODULE, type LocalWitness } from '../../apps/cli/src/dev/local-witness.ts';
import { askWitness, FileStore, MemoryStore, parseWitnesses, readPart, type ObjectStore, type SignedCheckpoint, type WitnessAnswer } from '../../libs/archive/src/index.ts';
import { ANCHOR, ANCHOR_PATH, AnchoredArchive, KEY } from '../../libs/audit/src/anchored.fixture.ts';
import { auditArchive, readAnchor } from '../../libs/audit/src/index.ts';
import { systemClock } from '../../libs/kernel/src/index.ts';
import { buildGoModule, freePort } from '../../libs/stack/src/index.ts';
import { cosignedAt, decodeVerifier, encodeVerifier, logSeed, noteSigner, signCheckpoint } from '../../libs/tlog/src/index.ts';

const built = await buildGoModule(WITNESS_MODULE);
const missing = 'missing' in built ? built.missing : undefined;
const LONG_MS = 60_000;

describe.skipIf(missing !== undefined)(`litewitness${missing === undefined ? '' : ` (skipped: ${missing})`}`, { timeout: LONG_MS }, () => {
  let folder: string;
  let witness: LocalWitness;
  let child: ChildProcess;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'litewitness-'));
    witness = localWitness({ programs: 'programs' in built ? built.programs : '', seedFile: join(folder, 'seed'), database: join(folder, 'witness.db'), port: await freePort() }, encodeVerifier(ANCHOR));
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (): Promise<void> => {
    child = spawn(witness.spec.entry, witness.spec.args ?? [], { stdio: 'ignore' });
    const { url } = address();
    await expect.poll(() => fetch(url).then(({ ok }) => ok, () => false), { timeout: 10_000 }).toBe(true);
  };
  const stop = async (): Promise<void> => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill();
    await ended;
  };
  const address = () => {
    const [found] = parseWitnesses(witness.address);
    if (!found) throw new Error('there is no witness');
    return found;
  };
  const ask = (store: ObjectStore, signed: SignedCheckpoint, known = 0): Promise<WitnessAnswer> => askWitness(address(), signed, { size: signed.checkpoint.size, read: readPart(store, ANCHOR_PATH) }, { known });
  /** Has it cosign a checkpoint and puts that in place. */
  const cosign = async (archive: AnchoredArchive, signed: SignedCheckpoint, known = 0): Promise<void> => {
    const answer = await ask(archive.store, signed, known);
    if (answer.kind !== 'cosigned') throw new Error('it is ahead');
    expect(Math.abs(cosignedAt(answer.signature) - Date.now() / 1_000)).toBeLessThan(60);
    await archive.cosign(signed, [answer.signature]);
  };
  /** A command line, in a folder that knows of no stack. */
  const command = async (args: readonly string[]) => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const host = { env: { COUNTERSIGN_HOME: folder }, cwd: () => folder, stdin, stdout, stderr, exitCode: undefined, on: () => undefined, exit: () => undefined } as unknown as CliProcess;
    await runCli(args, host);
    return { code: host.exitCode, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  };
  const trust = () => ({ anchor: ANCHOR, witnesses: [decodeVerifier(witness.key)], quorum: 1 });

  it('cosigns one checkpoint of our anchor after the other, over bundles and a restart of its own, and a verifier that asks for it takes them', async () => {
    const archive = await AnchoredArchive.open(new MemoryStore(systemClock));
    for (let records = 1; records <= 600; records += 1) {
      const signed = await archive.writeTo(records);
      if (![1, 2, 255, 256, 257, 511, 600].includes(records)) continue;
      await cosign(archive, signed);
      expect((await readAnchor(archive.store, trust())).witnesses).toEqual([decodeVerifier(witness.key).name]);
      if (records !== 256) continue;
      await stop();
      await start();
    }
    expect(await auditArchive({ store: archive.store, trust: trust(), partitions: 1 })).toMatchObject({ anchor: { size: 600 }, events: 1_200, faults: [] });
  });

  it('is told of its own size, and says when it is ahead', async () => {
    const archive = await AnchoredArchive.open(new MemoryStore(systemClock));
    const first = await archive.writeTo(1);
    await cosign(archive, first);
    await cosign(archive, await archive.writeTo(2), 1);
    expect(await ask(archive.store, first)).toEqual({ kind: 'ahead', size: 2 });
  });

  it('says whether an archive may be restored: not one that was set back or written anew, and one whose newest checkpoint it has not seen', async () => {
    const store = new MemoryStore(systemClock);
    const archive = await AnchoredArchive.open(store);
    await archive.writeTo(1);
    await requireNewest(store, ANCHOR, address());
    const before = store.copy();
    await cosign(archive, await archive.writeTo(3), 1);
    await archive.writeTo(4);
    await stop();
    await requireNewestOf(store, ANCHOR, witness);
    await expect(requireNewestOf(before, ANCHOR, witness)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', message: expect.stringContaining('has cosigned size 3 of') as string, hint: expect.stringContaining('set back') as string });
    const forged = new MemoryStore(systemClock);
    const other = await AnchoredArchive.open(forged, 'forged');
    for (const records of [1, 2, 3, 4]) await other.writeTo(records);
    await expect(requireNewestOf(forged, ANCHOR, witness)).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    await expect(requireNewestOf(new MemoryStore(systemClock), ANCHOR, witness)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await start();
  });

  it('does not cosign for a log or a key that nobody has entered', async () => {
    const archive = await AnchoredArchive.open(new MemoryStore(systemClock));
    const { checkpoint } = await archive.writeTo(1);
    const forge = (origin: string): Promise<WitnessAnswer> => {
      const note = signCheckpoint({ ...checkpoint, origin }, noteSigner(origin, logSeed(KEY.secret, 'forged', 0)));
      return ask(archive.store, { checkpoint, note });
    };
    await expect(forge('ledger.example/countersign/other/0')).rejects.toMatchObject({ code: 'WITNESS_REFUSED', message: expect.stringContaining('does not know the log') as string });
    await expect(forge(checkpoint.origin)).rejects.toMatchObject({ code: 'WITNESS_REFUSED', message: expect.stringContaining('by another key') as string });
  });

  it('shows that a history was written anew with the right key, which nothing else does', async () => {
    const archive = await AnchoredArchive.open(new MemoryStore(systemClock));
    for (const records of [3, 300]) await cosign(archive, await archive.writeTo(records));

    // Whoever has the key and the store replaces everything: every proof holds, and every signature.
    const store = new FileStore(join(folder, 'archive'));
    const forged = await AnchoredArchive.open(store, 'forged');
    await forged.writeTo(3);
    for (const records of [300, 400]) await expect(forged.writeTo(records).then((signed) => ask(store, signed))).rejects.toMatchObject({ code: 'ARCHIVE_FORKED' });
    expect((await auditArchive({ store, trust: { anchor: ANCHOR }, partitions: 1 })).faults).toEqual([]);

    await expect(readAnchor(store, trust())).rejects.toMatchObject({ code: 'signature.missing' });
    const verify = ['ledger', 'verify', join(folder, 'archive'), '--anchor', encodeVerifier(ANCHOR)];
    expect(await command(verify)).toMatchObject({ code: 0 });
    const asked = await command([...verify, '--witness', witness.key]);
    expect(asked).toMatchObject({ code: 8, out: '' });
    expect(asked.err).toContain(`error[ARCHIVE_INVALID]: 0 of 1 witnesses have cosigned the checkpoint of \`${ANCHOR.name}\``);
  });
});
