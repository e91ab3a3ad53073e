import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addNow = (program: Command, run: Run): void => {
  program
    .command('now')
    .description('what needs somebody, the most urgent first, and what to type; live on a terminal')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('--once', 'print it one time, as without a terminal')
    .option('-w, --watch', 'go on without a terminal too: one object a line with --json, when something has changed')
    .action(run(async () => (await import('../now/now.js')).now));
};
