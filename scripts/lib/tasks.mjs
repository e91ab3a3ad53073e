import { tmpdir } from 'node:os';
import { CLI_SCRIPT } from './paths.mjs';

/**
 * What `node scripts/bootstrap.mjs <task>` can do.
 *
 * @typedef {object} Task
 * @property {string} title what it does, for the list of tasks
 * @property {readonly string[]} command the script and its first arguments, run under Node 24; empty when the set-up is all
 * @property {'none' | 'jars' | 'java'} kafka `java`: it starts a broker, so Java is looked for each time; `jars`: it may
 *   start one, so the jars are fetched; both only if `KAFKA_BROKERS` names no other Kafka
 * @property {(args: readonly string[], env: NodeJS.ProcessEnv) => readonly string[]} [writes] folders for data, besides the project's own
 * @property {boolean} [mayFailToBuild] the task itself reports what does not compile
 * @property {boolean} [endsWithTotals] its last line is `N passed, N failed`, whatever happens
 */

/** Commands that bring up a stack. All others have to work on a full disk too: it is they that look at a stack, and stop it. */
const STARTS = ['up', 'demo'];

const temporary = () => [tmpdir()];

/**
 * The data folder that is named; without one they lie in the nearest `.countersign`.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
const dataFolder = (args, env) => {
  const at = args.indexOf('--data');
  const named = at >= 0 ? args[at + 1] : (args.find((arg) => arg.startsWith('--data='))?.slice('--data='.length) ?? env.COUNTERSIGN_HOME);
  return named ? [named] : [];
};

/** @type {Readonly<Record<string, Task>>} */
export const TASKS = {
  build: { title: 'install, fetch and build what is stale', command: [], kafka: 'jars' },
  test: { title: 'run all checks', command: ['scripts/test.mjs'], kafka: 'java', writes: temporary, mayFailToBuild: true, endsWithTotals: true },
  verify: { title: 'what CI runs: the same as `test`', command: ['scripts/test.mjs'], kafka: 'java', writes: temporary, mayFailToBuild: true, endsWithTotals: true },
  demo: { title: 'start the stack and run the main job', command: [CLI_SCRIPT, 'demo'], kafka: 'java', writes: (args, env) => (args.includes('--exit') ? temporary() : dataFolder(args, env)) },
  chaos: { title: 'kill and freeze services under load, long form', command: ['test/chaos/main.ts'], kafka: 'java', writes: temporary },
  differential: { title: 'a million policy decisions against other readings of the rules', command: ['test/load/dist/policy/differential-main.js'], kafka: 'none' },
  bench: { title: 'measure against a raw relay', command: ['test/load/dist/main.js'], kafka: 'java' },
  'eval:agentdojo': { title: 'hold policies against a public injection benchmark', command: ['test/evals/main.ts'], kafka: 'none' },
  countersign: { title: 'the command line', command: [CLI_SCRIPT], kafka: 'jars', writes: (args, env) => (STARTS.some((word) => args.includes(word)) ? dataFolder(args, env) : []) },
};

/** The list of tasks, for somebody who named none or one that is not there. */
export const usage = (tasks = TASKS) => {
  const width = Math.max(...Object.keys(tasks).map((name) => name.length));
  const lines = Object.entries(tasks).map(([name, { title }]) => `  ${name.padEnd(width)}  ${title}`);
  return ['usage: node scripts/bootstrap.mjs <task> [arguments]', ...lines].join('\n');
};
