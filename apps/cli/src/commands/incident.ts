import type { Command } from 'commander';
import type { Run } from '../command-context.js';
import { readsArchive } from './reads-archive.js';

export const addIncident = (program: Command, run: Run): void => {
  readsArchive(program.command('incident <what>').description('what was known, allowed, done and let through, what left and how to undo it; of a RUN, RUN/STEP, or the id an outside system gave'))
    .option('--proofs <folder>', 'write what shows each event that is named, into a new folder')
    .option('--archive <archive>', 'where the proofs come from: a folder, s3://bucket/prefix or https://...; that of the stack here unless given')
    .action(run(async () => (await import('../incident/tell-incident.js')).tellIncident));
};
