import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JsonObject } from '../../libs/kernel/src/index.js';
import { downloadWithGo, readStackEnvironment, runGo } from '../../libs/stack/src/index.js';

/** Stripe's own stand-in, with the document that it publishes inside. */
const MODULE = 'github.com/stripe/stripe-mock';
const VERSION = 'v0.203.0';

export interface StripeMock {
  readonly document: JsonObject;
  readonly url: URL;
  close(): Promise<void>;
}

/**
 * Builds it into the cache once; says why where there is no Go, or no way to what it is built of. Throws where it was downloaded and
 * cannot be built: that is a fault of ours, or of the pinned version.
 */
export const buildStripeMock = async (run = runGo, cacheDir = readStackEnvironment(process.env).cacheDir): Promise<{ readonly program: string; readonly documentFile: string } | { readonly missing: string }> => {
  const folder = join(cacheDir, `stripe-mock-${VERSION}`);
  const program = join(folder, 'stripe-mock');
  const found = await downloadWithGo('stripe-mock', async () => {
    const { Dir } = JSON.parse(await run(['mod', 'download', '-json', `${MODULE}@${VERSION}`])) as { readonly Dir: string };
    await run(['mod', 'download'], { cwd: Dir });
    return { sources: Dir };
  });
  if ('missing' in found) return { missing: `skipped: ${found.missing}` };
  if (!existsSync(program)) await run(['install', `${MODULE}@${VERSION}`], { GOBIN: folder });
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
