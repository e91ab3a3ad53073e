// Runs every check: types, lint, then all tests. Prints one closing line with the true totals.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { totalsLine, totalsOf } from './lib/totals.mjs';

const temporary = mkdtempSync(path.join(tmpdir(), 'countersign-test-'));
const env = { ...process.env, NX_DAEMON: 'false', ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) };

/**
 * Runs a command with our own output, and tells whether it succeeded.
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 */
const run = (title, command, args) => {
  if (title !== '') console.error(`\n> ${title}`);
  return spawnSync(command, args, { stdio: 'inherit', env }).status === 0;
};

const totals = { passed: 0, failed: 0, skipped: 0 };
const count = (/** @type {boolean} */ ok) => (ok ? (totals.passed += 1) : (totals.failed += 1));

count(run('types', 'nx', ['run-many', '-t', 'typecheck', '--outputStyle=static']));
count(run('types of test/ and scripts/', 'tsc', ['-p', 'test/tsconfig.json']) && run('', 'tsc', ['-p', 'scripts/tsconfig.json']));
count(run('lint', 'nx', ['run-many', '-t', 'lint', '--outputStyle=static']));
count(run('lint of test/ and scripts/', 'oxlint', ['--type-aware', 'test', 'scripts']));

/**
 * Projects of the test runner, one group after the other: what starts a whole stack gets the machine to itself. The runner leaves one core
 * free, which on two leaves one worker; many of the first group wait for a server, so they get one worker more than there are cores.
 */
const GROUPS = [{ projects: ['unit', 'trust', 'architecture'], workers: availableParallelism() + 1 }, { projects: ['flow'], workers: 1 }, { projects: ['system'], workers: 1 }];

for (const { projects, workers } of GROUPS) {
  const report = path.join(temporary, `${projects.join('-')}.json`);
  const ok = run(`tests: ${projects.join(', ')}`, 'vitest', ['run', `--maxWorkers=${workers}`, ...projects.flatMap((project) => ['--project', project]), '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  try {
    const { passed, failed, skipped } = totalsOf(JSON.parse(readFileSync(report, 'utf8')), ok);
    totals.passed += passed;
    totals.failed += failed;
    totals.skipped += skipped;
  } catch {
    totals.failed += 1;
  }
}
rmSync(temporary, { recursive: true, force: true });
console.log(totalsLine(totals));
process.exitCode = totals.failed === 0 ? 0 : 1;
