import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addLedger = (program: Command, run: Run): void => {
  const ledger = program.command('ledger').description('the record of everything that happened');
  ledger
    .command('rebuild')
    .description('empty the read model and read all of Kafka again, beside the ledger that runs')
    .action(run(async () => (await import('../ledger/rebuild.js')).rebuildLedger));
};
