import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addAttack = (program: Command, run: Run): void => {
  program
    .command('attack')
    .description('try each stolen password and key of the local stack on it; 1 where something got through')
    .action(run(async () => (await import('../attack/attack.js')).attack));
};
