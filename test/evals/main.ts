import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CountersignError, messageOf } from '@countersign/kernel';
import { loadConfig } from '@countersign/tools';
import { frontier } from './frontier.ts';
import { reportObject, reportText } from './report.ts';
import { runSuite } from './run-suite.ts';
import { scaffold } from './scaffold.ts';
import { readSuite, type Suite } from './suite.ts';
import { SUITES_FOLDER, SUITE_NAMES, WORKSPACE } from './where.ts';

const USAGE = 'usage: npm run eval:agentdojo -- [--suite FILE]... [--config DIR] [--json]\n       npm run eval:agentdojo -- --suite FILE --scaffold DIR';
/** Exit codes of the command line: something went wrong; the call was not understood. */
const FAILED = 1;
const MISUSED = 2;
/** Stands for the key `local`: nobody votes here. */
const NOBODY = 'A'.repeat(43);

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const optionsOrExit = () => {
  try {
    return parseArgs({ options: { suite: { type: 'string', multiple: true }, config: { type: 'string' }, json: { type: 'boolean', default: false }, scaffold: { type: 'string' } } }).values;
  } catch (fault) {
    say(`countersign: ${messageOf(fault)}\n${USAGE}`);
    return process.exit(MISUSED);
  }
};

/** Suites may lie together in one configuration, or each in one of its own below it. */
const configFor = ({ name }: Suite, dir: string) => configIn(existsSync(join(dir, name, 'tools')) ? join(dir, name) : dir);

const configIn = (dir: string) => {
  const { documents, faults } = loadConfig(dir, { localPublicKey: NOBODY });
  if (faults.length > 0) throw new CountersignError('CONFIG_INVALID', `the configuration in \`${dir}\` is not as it must be\n${faults.map(({ path, line, column, message }) => `${dir}/${path}:${line}:${column}: ${message}`).join('\n')}`);
  return documents;
};

const run = (): number => {
  const { suite: named, config = join(WORKSPACE, 'config/agentdojo'), json, scaffold: into } = optionsOrExit();
  const paths = named ?? SUITE_NAMES.map((name) => join(SUITES_FOLDER, `${name}.json`)).filter((file) => existsSync(file));
  if (paths.length === 0) throw new CountersignError('NOT_FOUND', `there are no suites in \`${SUITES_FOLDER}\``, { hint: 'name one: `npm run eval:agentdojo -- --suite FILE --config DIR`' });
  const suites = paths.map((file) => readSuite(resolve(file)));
  if (into !== undefined) {
    for (const suite of suites) say(`${scaffold(suite, resolve(into))} tools of ${suite.name} written below ${into}`);
    return 0;
  }
  const parts = suites.map((suite) => ({ suite, files: configFor(suite, resolve(config)) }));
  const results = parts.map(({ suite, files }) => runSuite(suite, files));
  const afterReads = parts.map(({ suite, files }) => runSuite(suite, files, { before: 'reads' }));
  const report = { results, afterReads, frontier: frontier(parts) };
  process.stdout.write(`${json ? JSON.stringify(reportObject(report), undefined, 2) : reportText(report)}\n`);
  return 0;
};

try {
  process.exitCode = run();
} catch (fault) {
  say(`countersign: ${messageOf(fault)}`);
  if (fault instanceof CountersignError && fault.hint !== undefined) say(`  next: ${fault.hint}`);
  process.exitCode = FAILED;
}
