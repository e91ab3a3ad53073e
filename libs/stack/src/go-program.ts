import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@countersign/kernel';
import { readStackEnvironment } from './environment.js';

/** A download and a build, on a busy machine. */
const BUILD_DEADLINE_MS = 300_000;

export interface GoOptions {
  readonly cwd?: string;
  readonly GOBIN?: string;
}

/** Runs Go with these arguments and gives what it prints. */
export type RunGo = (args: readonly string[], options?: GoOptions) => Promise<string>;

export const runGo: RunGo = async (args, { cwd, ...env } = {}) =>
  (await promisify(execFile)('go', [...args], { ...(cwd !== undefined && { cwd }), env: { ...process.env, ...env, GOFLAGS: '' }, encoding: 'utf8', timeout: BUILD_DEADLINE_MS })).stdout;

/** Why a program cannot be had here: there is no Go, or no way to what it is built of. */
export interface GoMissing {
  readonly missing: string;
}

/** Where what was downloaded is not what it must be, nothing is skipped. */
const FORGED = /SECURITY ERROR|checksum mismatch/;

/** What Go says of a fault is on its standard error, or within the JSON that was asked for. */
const saidOf = (fault: unknown): string => {
  const { stdout = '', stderr = '' } = fault as { readonly stdout?: string; readonly stderr?: string };
  return `${stdout}\n${stderr}`.trim() || messageOf(fault);
};

const isWithoutGo = (fault: unknown): boolean => fault instanceof Error && 'code' in fault && fault.code === 'ENOENT';

/** Has Go download what `name` is built of; says why where that cannot be. Throws where it came and is another than it was. */
export const downloadWithGo = async <Result>(name: string, download: () => Promise<Result>): Promise<Result | GoMissing> => {
  try {
    return await download();
  } catch (fault) {
    if (isWithoutGo(fault)) return { missing: 'there is no Go here' };
    const said = saidOf(fault);
    if (FORGED.test(said)) throw new Error(`${name} is not what it was: ${said}`, { cause: fault });
    return { missing: `${name} cannot be downloaded: ${said.split('\n').at(-1) ?? ''}` };
  }
};

/** A module of ours, with its `go.sum`, and what is built of it. */
export interface GoModule {
  readonly folder: string;
  /** Of the module or of what it requires: `.`, `filippo.io/torchwood/cmd/litewitness`. */
  readonly packages: readonly string[];
}

/** Changes with the sources, the pinned versions and the machine. */
const fingerprintOf = (folder: string): string => {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of readdirSync(folder).toSorted()) hash.update(`\n${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
};

/** Builds the programs of a module into the cache, once; gives the folder that they are in. Throws where they were downloaded and cannot be built: that is a fault of ours. */
export const buildGoModule = async ({ folder, packages }: GoModule, run = runGo, cacheDir = readStackEnvironment().cacheDir): Promise<{ readonly programs: string } | GoMissing> => {
  const name = /^module \S*?([^/\s]+)$/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))?.[1] ?? '';
  const programs = join(cacheDir, `go-${name}-${fingerprintOf(folder)}`);
  if (existsSync(programs)) return { programs };
  const found = await downloadWithGo(name, () => run(['mod', 'download'], { cwd: folder }));
  if (typeof found !== 'string') return found;
  // Under another name until all of it is there; of two that build at once, the second finds the place taken.
  const draft = `${programs}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true });
  try {
    await run(['build', '-buildvcs=false', '-trimpath', '-o', `${draft}/`, ...packages], { cwd: folder });
    if (!existsSync(programs)) renameSync(draft, programs);
    return { programs };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
};
