import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addPolicy = (program: Command, run: Run): void => {
  const policy = program.command('policy').description('what the rules of a folder say, before they are in force');
  policy
    .command('eval')
    .description('decide recorded tool calls, one JSON object a line, without Kafka; 1 where a line cannot be read')
    .requiredOption('--calls <file>', 'JSONL of {id, tenant, workflow, task, history, tool, args}')
    .option('--config <dir>', 'folder of configuration files (default: config)')
    .action(run(async () => (await import('../policy/eval.js')).evalCalls));
};
