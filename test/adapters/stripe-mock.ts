import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf, type JsonObject } from '../../libs/kernel/src/index.js';
import { readStackEnvironment } from '../../libs/stack/src/index.js';

/** Stripe's own stand-in, with the document that it publishes inside. */
const MODULE = 'github.com/stripe/stripe-mock';
const VERSION = 'v0.203.0';
/** A download and a build, on a busy machine. */
const BUILD_DEADLINE_MS = 300_000;

const go = (args: readonly string[], { cwd, ...env }: { readonly cwd?: string; readonly GOBIN?: string } = {}): string => execFileSync('go', args, { ...(cwd !== undefined && { cwd }), env: { ...process.env, ...env, GOFLAGS: '' }, encoding: 'utf8', timeout: BUILD_DEADLINE_MS, stdio: ['ignore', 'pipe', 'pipe'] });

export interface StripeMock {
  readonly document: JsonObject;
  readonly url: URL;
  close(): Promise<void>;
}

/** Where what was downloaded is not what it must be, nothing is skipped. */
const FORGED = /SECURITY ERROR|checksum mismatch/;

/** What Go says of a fault is on its standard error, or within the JSON that was asked for. */
const saidOf = (fault: unknown): string => {
  const { stdout = '', stderr = '' } = fault as { readonly stdout?: string; readonly stderr?: string };
  return `${stdout}\n${stderr}`.trim() || messageOf(fault);
};

const isWithoutGo = (fault: unknown): boolean => fault instanceof Error && 'code' in fault && fault.code === 'ENOENT';

/** The module and what it needs; why not, where there is no Go or nothing can be downloaded. */
const download = (run: typeof go): { readonly sources: string } | { readonly missing: string } => {
  try {
    const { Dir } = JSON.parse(run(['mod', 'download', '-json', `${MODULE}@${VERSION}`])) as { readonly Dir: string };
    run(['mod', 'download'], { cwd: Dir });
    return { sources: Dir };
  } catch (fault) {
    if (isWithoutGo(fault)) return { missing: 'skipped: there is no Go here' };
    const said = saidOf(fault);
    if (FORGED.test(said)) throw new Error(`stripe-mock is not what it was: ${said}`, { cause: fault });
    return { missing: `skipped: stripe-mock cannot be downloaded: ${said.split('\n').at(-1) ?? ''}` };
  }
};

/**
 * Builds it into the cache once; says why where there is no Go, or no way to what it is built of. Throws where it was downloaded and
 * cannot be built: that is a fault of ours, or of the pinned version.
 */
export const buildStripeMock = (run = go, cacheDir = readStackEnvironment(process.env).cacheDir): { readonly program: string; readonly documentFile: string } | { readonly missing: string } => {
  const folder = join(cacheDir, `stripe-mock-${VERSION}`);
  const program = join(folder, 'stripe-mock');
  const found = download(run);
  if ('missing' in found) return found;
  if (!existsSync(program)) run(['install', `${MODULE}@${VERSION}`], { GOBIN: folder });
  return { program, documentFile: join(found.sources, 'embedded/openapi/spec3.json') };
};

/** Runs it on a free port. */
export const startStripeMock = async ({ program, documentFile }: { readonly program: string; readonly documentFile: string }): Promise<StripeMock> => {
  const child: ChildProcess = spawn(program, ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('exit', done));
  let url: URL | undefined;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const [address] = /127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (address === undefined || !line.includes('for HTTP ')) continue;
    url = new URL(`http://${address}`);
    break;
  }
  child.stdout?.resume();
  if (!url) throw new Error('stripe-mock ended at once');
  return {
    document: JSON.parse(readFileSync(documentFile, 'utf8')) as JsonObject,
    url,
    close: async () => {
      child.kill();
      await ended;
    },
  };
};
