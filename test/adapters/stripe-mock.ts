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

const go = (args: readonly string[], env: object = {}): string => execFileSync('go', args, { env: { ...process.env, ...env, GOFLAGS: '' }, encoding: 'utf8', timeout: BUILD_DEADLINE_MS, stdio: ['ignore', 'pipe', 'pipe'] });

export interface StripeMock {
  readonly document: JsonObject;
  readonly url: URL;
  close(): Promise<void>;
}

/** Builds it into the cache once; says why where it cannot. */
export const buildStripeMock = (): { readonly program: string; readonly documentFile: string } | { readonly missing: string } => {
  const folder = join(readStackEnvironment(process.env).cacheDir, `stripe-mock-${VERSION}`);
  const program = join(folder, 'stripe-mock');
  try {
    const { Dir } = JSON.parse(go(['mod', 'download', '-json', `${MODULE}@${VERSION}`])) as { readonly Dir: string };
    if (!existsSync(program)) go(['install', `${MODULE}@${VERSION}`], { GOBIN: folder });
    return { program, documentFile: join(Dir, 'embedded/openapi/spec3.json') };
  } catch (fault) {
    const isMissing = fault instanceof Error && 'code' in fault && fault.code === 'ENOENT';
    return { missing: isMissing ? 'skipped: there is no Go here' : `skipped: stripe-mock cannot be built: ${messageOf(fault).split('\n').at(-1) ?? ''}` };
  }
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
