import { Argument, type Command } from 'commander';
import type { Run } from '../command-context.js';

export const addCompletion = (program: Command, run: Run): void => {
  program
    .command('completion')
    .description('a script that completes commands and options: source <(countersign completion bash)')
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh']))
    .action(run(async () => (await import('../completion/completion.js')).completion));
};
