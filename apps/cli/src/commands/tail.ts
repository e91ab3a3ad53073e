import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addTail = (program: Command, run: Run): void => {
  program
    .command('tail')
    .description('events as they are on the log, checked, in order of time')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('-r, --run <id>', 'of this run only')
    .option('--type <type>', 'of this type only; `*` stands for anything: approval.*')
    .option('--from <place>', '`start`, `end`, a number of records back in each partition, an age such as `10m`, or a time', '20')
    .option('-f, --follow', 'go on until Ctrl-C')
    .action(run(async () => (await import('../tail/tail.js')).tail));
};
