import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addWhy = (program: Command, run: Run): void => {
  program
    .command('why <run>')
    .description('what a run waits for, since when, who can unblock it, what expires next')
    .action(run(async () => (await import('../runs/why.js')).whyRun));
};
