import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addBudgets = (program: Command, run: Run): void => {
  program
    .command('budgets')
    .description('what each workflow has used, reserved and may use, today and this month')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('-w, --workflow <workflow>', 'of this workflow only')
    .action(run(async () => (await import('../budgets/budgets.js')).budgets));
};
