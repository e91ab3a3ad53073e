import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackDown, WORKSPACE_ROOT } from '@countersign/stack';
import { longForm, USAGE, type ChaosOptions } from './options.ts';
import { failureText, tableOf } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { momentText } from './timeline.ts';

const MISUSED = 2;
/** As a shell reports the end by Ctrl-C. */
const INTERRUPTED = 130;
/** How often progress is told, in milliseconds. */
const TELL_EVERY = 5_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const readOptions = (): ChaosOptions => {
  try {
    return longForm(process.argv.slice(2));
  } catch (fault) {
    say(`${(fault as Error).message}\n${USAGE}`);
    return process.exit(MISUSED);
  }
};

/** The rules of the bus once more, in process: what real processes take minutes for takes milliseconds there. */
const runSchedules = (count: number): boolean => {
  if (count === 0) return true;
  say(`${count} generated schedules of the bus in process, and as many of a tool that fails`);
  const args = ['run', '--project', 'unit', 'libs/bus/src/memory/schedules.spec.ts', 'libs/bus/src/memory/tool-schedules.spec.ts'];
  const { status } = spawnSync(join(WORKSPACE_ROOT, 'node_modules/.bin/vitest'), args, { cwd: WORKSPACE_ROOT, stdio: ['ignore', 2, 2], env: { ...process.env, SCHEDULES: String(count), TOOL_SCHEDULES: String(count) } });
  return status === 0;
};

const options = readOptions();
say(`seed ${options.seed}, data in ${options.dir}`);
// The processes of the stack are nobody's children: whoever gives up takes them along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stackDown(options.dir).finally(() => process.exit(INTERRUPTED)));
let told = 0;
let step = '';
const result = await runChaos(options, {
  onStep: (text) => {
    if (text !== step) say(text);
    step = text;
  },
  onMoment: (moment) => say(momentText(moment)),
  onProgress: (phase, sent, finished, of) => {
    if (performance.now() - told < TELL_EVERY) return;
    told = performance.now();
    say(`${phase}: ${sent} of ${of} sent, ${finished} ended`);
  },
});
const schedulesPassed = runSchedules(options.schedules);
const passed = result.violations.length === 0 && schedulesPassed;
const summary = { ...result, schedules: { count: options.schedules, passed: schedulesPassed }, passed };
if (options.resultFile !== undefined) writeFileSync(options.resultFile, `${JSON.stringify(summary, undefined, 2)}\n`);
console.log(tableOf(result));
console.log(`| schedules in process | ${options.schedules} ${schedulesPassed ? 'passed' : 'FAILED'} |`);
if (result.violations.length > 0) console.log(failureText(result));
else rmSync(options.dir, { recursive: true, force: true });
process.exitCode = passed ? 0 : 1;
