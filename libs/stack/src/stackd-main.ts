import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, hours, messageOf, minutes } from '@countersign/kernel';
import { takeLock } from './process-lock.js';
import { identify } from './process-table.js';
import { loadDefinition } from './stack-definition.js';
import { StackRun } from './stack-run.js';
import { readStackState, stackFiles, stopOrphans } from './stack-state.js';

/** Another process runs this stack already; it is the one to wait for. */
const EXIT_HELD = 3;
const EXIT_FAILED = 1;
/** Longer than every part's own deadline; a part that cannot even be killed must not keep this process for ever. */
const STOP_DEADLINE = minutes(2);

/** The process that runs a stack: `node stackd-main.js <stack folder> <definition module>`. Runs until SIGTERM. */
const run = async (stackDir: string, definitionPath: string): Promise<void> => {
  const lock = takeLock(stackFiles(stackDir).lock);
  const self = identify(process.pid);
  if (!lock.held || !self) {
    process.exitCode = EXIT_HELD;
    return;
  }
  let stack: StackRun | undefined;
  const stop = async (why: string, code: number): Promise<void> => {
    process.stderr.write(`${new Date().toISOString()} stopping: ${why}\n`);
    await Promise.race([stack?.stop(), sleep(STOP_DEADLINE, undefined, { ref: false })]);
    lock.release();
    process.exit(code);
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  // The terminal that started it may go; the stack stays.
  process.on('SIGHUP', () => undefined);
  process.on('uncaughtException', (fault) => {
    process.stderr.write(`${fault.stack ?? fault.message}\n`);
    void stop(messageOf(fault), EXIT_FAILED);
  });

  const orphans = await stopOrphans(readStackState(stackDir));
  if (orphans.length > 0) process.stderr.write(`${new Date().toISOString()} stopped what an earlier stack left running: ${orphans.join(', ')}\n`);
  // With external parts and no services nothing else would keep this process.
  setInterval(() => undefined, hours(24));
  stack = new StackRun(stackDir, self);
  try {
    await stack.start(() => loadDefinition(definitionPath));
  } catch (fault) {
    await stop(`${codeOf(fault)}: ${messageOf(fault)}`, EXIT_FAILED);
  }
};

const [, , stackDir, definitionPath] = process.argv;
if (stackDir === undefined || definitionPath === undefined) {
  process.stderr.write('usage: stackd <stack folder> <definition module>\n');
  process.exit(2);
}
await run(stackDir, definitionPath);
