import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addDlq = (program: Command, run: Run): void => {
  const dlq = program.command('dlq').description('dead letters: records that a service could not take');
  dlq
    .command('list')
    .description('dead letters, newest first')
    .option('-s, --service <service>', 'of this service only')
    .option('-n, --limit <count>', 'how many at most', '50')
    .action(run(async () => (await import('../dlq/list.js')).listDeadLetters));
  dlq
    .command('show <id>')
    .description('one dead letter, with the bytes of the record')
    .action(run(async () => (await import('../dlq/show.js')).showDeadLetter));
  dlq
    .command('redrive <id...>')
    .description('have records handled once more, in place; signed with your key')
    .option('--dry-run', 'only show which')
    .option('--force', 'also what is not as on the log')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../dlq/redrive.js')).redriveDeadLetters));
};
