import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CountersignError, messageOf } from '@countersign/kernel';
import { stackDown, WORKSPACE_ROOT } from '@countersign/stack';
import { runBench, runProfile, type BenchContext } from './bench.js';
import { archiveTable, runArchiveBench } from './archive-bench.js';
import { bulkheadTable, runBulkheadBench } from './bulkhead-bench.js';
import { killTable, runKillBench } from './kill-bench.js';
import { readOptions, USAGE, type BenchOptions } from './options.js';
import { runPolicyBench } from './policy/policy-bench.js';
import { policyObject, policyTable } from './policy/policy-report.js';
import { queryTable, runQueryBench } from './query/query-bench.js';
import { tableOf } from './table.js';
import { runTlogBench, tlogTable } from './tlog-bench.js';

/** Exit codes of the command line: something went wrong; the call was not understood. */
const FAILED = 1;
const MISUSED = 2;
const INTERRUPTED = 130;

const began = performance.now();
const say = (text: string): void => void process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);

const optionsOrExit = (): BenchOptions => {
  try {
    return readOptions(process.argv.slice(2), process.cwd());
  } catch (fault) {
    process.stderr.write(`countersign: ${messageOf(fault)}\n${USAGE}\n`);
    process.exit(MISUSED);
  }
};

const run = async ({ what, kills, profile, json }: BenchOptions, context: BenchContext): Promise<string> => {
  if (what === 'policy') {
    const report = runPolicyBench(context);
    return json ? JSON.stringify(policyObject(report)) : policyTable(report);
  }
  if (what === 'kill') {
    const found = await runKillBench(context, kills);
    return json ? JSON.stringify(found) : killTable(found);
  }
  if (what === 'bulkhead') {
    const found = await runBulkheadBench(context);
    return json ? JSON.stringify(found) : bulkheadTable(found);
  }
  if (what === 'query') {
    const found = await runQueryBench(context);
    return json ? JSON.stringify(found) : queryTable(found);
  }
  if (what === 'archive') {
    const found = await runArchiveBench(context);
    return json ? JSON.stringify(found) : archiveTable(found);
  }
  if (what === 'tlog') {
    const found = runTlogBench(context);
    return json ? JSON.stringify(found) : tlogTable(found);
  }
  if (profile !== undefined) return runProfile(context, profile);
  const figures = await runBench(context);
  return json ? JSON.stringify(figures) : tableOf(figures);
};

const options = optionsOrExit();
// Where everything else that the project makes lies too: on a disk, which a folder for temporary files need not be.
const folder = join(WORKSPACE_ROOT, '.countersign', `bench-${process.pid}`);
/** Nothing is left, however it ends. The relay ends by itself when we do. */
const cleanUp = async (): Promise<void> => {
  await Promise.all(['cold', 'stack'].map((name) => stackDown(join(folder, name))));
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void cleanUp().finally(() => process.exit(INTERRUPTED)));
try {
  const text = await run(options, { folder, rounds: options.rounds, quick: options.quick, say });
  process.stdout.write(`${text}\n`);
} catch (fault) {
  const hint = fault instanceof CountersignError && fault.hint !== undefined ? `\n  ${fault.hint}` : '';
  process.stderr.write(`countersign: the bench failed: ${messageOf(fault)}${hint}\n`);
  process.exitCode = FAILED;
} finally {
  await cleanUp();
}
