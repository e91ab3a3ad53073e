import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addUndo = (program: Command, run: Run): void => {
  program
    .command('undo <action>')
    .description('have an action undone within its time, as RUN/STEP: you sign the order, policy decides it like any action')
    .requiredOption('-r, --reason <text>', 'why; it is on the record')
    .option('-y, --yes', 'do not ask')
    .option('--timeout <duration>', 'how long to wait at most', '60s')
    .action(run(async () => (await import('../undo/undo.js')).undoAction));
};
