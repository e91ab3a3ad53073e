import { Option, type Command } from 'commander';
import type { Run } from '../command-context.js';
import { DEFAULT_INCIDENTS } from './incidents-folder.js';
import { listOf } from './list-of.js';
import { readsArchive } from './reads-archive.js';

export const addReadiness = (program: Command, run: Run): void => {
  readsArchive(program.command('readiness <workflow>').description('the checklist of a security, legal or finance reviewer, computed; exit 9 while a row is unmet'))
    .option('--archive <archive>', 'what the last runs are replayed from: a folder, s3://bucket/prefix or https://...; that of the stack here unless given')
    .addOption(new Option('-e, --engine <engine>', 'what policy decides with').choices(['cedar', 'opa']).default('cedar'))
    .option('--config <dir>', 'folder whose policy cases are decided under what is in force (default: config)')
    .option('--incidents <dir>', 'folder of incidents that `replay promote` has made tests of', DEFAULT_INCIDENTS)
    .option('--require <role>', 'who has to sign off; may be given more than once (default: security, legal, finance)', listOf)
    .option('--sign <role>', 'sign off what is met now, for this role')
    .option('--as <person>', 'who signs; whoever answers here unless given')
    .option('-r, --reason <text>', 'why; it is on the record')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../readiness/show-readiness.js')).showReadiness));
};
