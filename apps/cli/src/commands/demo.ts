import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addDemo = (program: Command, run: Run): void => {
  program
    .command('demo')
    .description('start the stack and run both examples on real input')
    .option('--exit', 'on data of its own: approve what waits, check every outcome, stop everything; 0 only if each was the expected one')
    .action(run(async () => (await import('../demo/demo.js')).demo));
};
