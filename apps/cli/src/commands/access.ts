import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addAccess = (program: Command, run: Run): void => {
  const access = program.command('access').description('who can do what');
  access
    .command('who-can <risk-or-tool>')
    .description('which agents can delete, deploy, move money, ... or call a tool, under which rule and gate')
    .option('--config <dir>', 'of a folder of files instead of what is in force')
    .action(run(async () => (await import('../access/show-access.js')).showAccess));
};
