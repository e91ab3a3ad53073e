import type { Command } from 'commander';
import type { Run } from '../command-context.js';
import { listOf } from './list-of.js';

export const addReadiness = (program: Command, run: Run): void => {
  program
    .command('readiness <workflow>')
    .description('the checklist of a security, legal or finance reviewer, computed; exit 9 while a row is unmet')
    .option('--config <dir>', 'folder whose policy cases are decided under what is in force (default: config)')
    .option('--require <role>', 'who has to sign off; may be given more than once (default: security, legal, finance)', listOf)
    .option('--sign <role>', 'sign off what is met now, for this role')
    .option('--as <person>', 'who signs; whoever answers here unless given')
    .option('-r, --reason <text>', 'why; it is on the record')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../readiness/show-readiness.js')).showReadiness));
};
