import path from 'node:path';
import { missingParts, readFacts } from './facts.mjs';
import { areJarsThere, fetchJars } from './kafka-jars.mjs';
import { withLock } from './lock.mjs';
import { areInstalled, findNode, installPackages } from './packages.mjs';
import { ROOT, STATE } from './paths.mjs';
import { step } from './progress.mjs';
import { packageEnvironment, run, runInOurPlace, SetUpError } from './run.mjs';
import { TASKS, usage } from './tasks.mjs';
import { totalsLine } from './totals.mjs';

/** Exit codes of the command line: something went wrong; the call was not understood. */
const FAILED = 1;
const MISUSED = 2;

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @param {string} pid */
const sayWaiting = (pid) => say(`countersign: waiting for another set-up here (process ${pid})`);

/** What the build says where it did anything. */
const BUILT = /^built$/;

/** Gives whether anything was built: to see that nothing is stale takes a second or two on a machine that does much else. */
const build = async () => (await run(findNode(), [path.join(ROOT, 'scripts/build.mjs')], { env: packageEnvironment(), counted: BUILT })) > 0;

/**
 * Installs, fetches and builds what the task needs and is not there.
 * @param {import('./tasks.mjs').Task} task
 * @param {readonly string[]} args
 */
const setUp = async (task, args) => {
  const usesOwnKafka = task.kafka !== 'none' && !process.env.KAFKA_BROKERS;
  const needs = { install: !areInstalled(), jars: usesOwnKafka && !areJarsThere(), java: usesOwnKafka && task.kafka === 'java', ports: task.kafka === 'java', folders: task.writes?.(args, process.env) ?? [] };
  const missing = missingParts(await readFacts(needs), needs);
  if (missing.length > 0) throw new SetUpError(missing.join('\n'));

  await withLock(
    path.join(STATE, 'bootstrap.lock'),
    async () => {
      if (!areInstalled()) await step('packages (npm ci)', installPackages);
      if (needs.jars && !areJarsThere()) await step('Kafka (Maven)', () => fetchJars(sayWaiting));
      try {
        await step('build', build);
      } catch (fault) {
        if (!task.mayFailToBuild) throw fault;
        say(String(fault instanceof Error ? fault.message : fault));
      }
    },
    sayWaiting,
  );
};

/**
 * Sets up and runs one task; the exit code and the end by a signal are the task's own.
 * @param {readonly string[]} argv the name of the task and its arguments
 */
export const bootstrap = async ([name, ...args]) => {
  const task = name === undefined ? undefined : Object.entries(TASKS).find(([known]) => known === name)?.[1];
  if (!task) {
    say(name === undefined ? usage() : `countersign: there is no task \`${name}\`\n${usage()}`);
    process.exitCode = MISUSED;
    return;
  }
  try {
    await setUp(task, args);
    if (task.command.length === 0) return;
    const [script = '', ...first] = task.command;
    await runInOurPlace(findNode(), [path.join(ROOT, script), ...first, ...args]);
  } catch (fault) {
    // Whoever reads the totals must not take a run that could not begin for one without an end.
    if (task.endsWithTotals) console.log(totalsLine({ passed: 0, failed: 1, skipped: 0 }));
    if (!(fault instanceof SetUpError)) throw fault;
    for (const line of fault.message.split('\n')) say(`countersign: ${line}`);
    process.exitCode = FAILED;
  }
};
