import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { newArchiveKey, openStore } from '@countersign/archive';
import { TILE_WIDTH } from '@countersign/tlog';
import { randomOf } from '../support/random.ts';
import { CLI_MAIN } from '../support/workspace.ts';
import { ROOT } from '../trust/forgery/desk.ts';
import { archiveInto, sources } from './signed-log.ts';

/**
 * How quickly a large archive is verified, and in how much memory: makes one in a folder, with a checkpoint for some 256 records and
 * every event signed by itself, and lets `countersign ledger verify` read it with a small heap. Needs some 4 KB of memory for each record while it makes it.
 */
const { values } = parseArgs({ options: { records: { type: 'string', default: '1000000' }, heap: { type: 'string', default: '64' } } });
const RECORDS_PER_RUN = 9;
const runs = Math.ceil(Number(values.records) / RECORDS_PER_RUN);

const folder = mkdtempSync(join(tmpdir(), 'countersign-large-'));
try {
  const began = performance.now();
  const { world, sources: made } = sources(runs);
  const url = pathToFileURL(join(folder, 'archive')).href;
  const { anchor } = await archiveInto(await openStore(url), world, made, randomOf(1), newArchiveKey('ledger.example'), 1 / TILE_WIDTH);
  const seconds = (from: number): number => Math.round((performance.now() - from) / 1_000);
  process.stderr.write(`made in ${seconds(began)} s\n`);
  const root = join(folder, 'root.json');
  writeFileSync(root, JSON.stringify(ROOT));
  const verifying = performance.now();
  // Linux' own word on this program: the most that `resourceUsage` knows begins with that of whoever started it.
  const probe = `import { readFileSync } from 'node:fs'; process.on('exit', () => process.stderr.write('MOST ' + /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]))`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${values.heap}`, '--import', `data:text/javascript,${encodeURIComponent(probe)}`, CLI_MAIN, 'ledger', 'verify', url, '--anchor', anchor, '--root', root, '--json'], { maxBuffer: 64 * 1024 * 1024 });
  const { events, intact } = JSON.parse(stdout) as { readonly events: number; readonly intact: boolean };
  const took = (performance.now() - verifying) / 1_000;
  console.log(JSON.stringify({ records: events, intact, seconds: Math.round(took), perSecond: Math.round(events / took), heapMb: Number(values.heap), mostMb: Math.round(Number(/MOST (\d+)/.exec(stderr)?.[1] ?? 0) / 1_024) }));
  process.exitCode = intact ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
