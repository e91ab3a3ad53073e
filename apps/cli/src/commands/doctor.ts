import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addDoctor = (program: Command, run: Run): void => {
  program
    .command('doctor')
    .description('check that everything the local stack needs is here')
    .action(run(async () => (await import('../doctor/doctor.js')).doctor));
};
