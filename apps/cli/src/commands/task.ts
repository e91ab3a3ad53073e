import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addTask = (program: Command, run: Run): void => {
  const task = program.command('task').description('hand tasks in');
  task
    .command('submit <file...>')
    .description('publish CloudEvents to the inbox of a tenant; `-` reads one from standard input')
    .option('-t, --tenant <tenant>', 'whose inbox; needed where there are several tenants')
    .option('--as-me', 'in your own name, signed with your key: the run acts for you, and you are asked what only you can answer')
    .option('-w, --wait', 'wait until each task has come to its end, or waits for a person')
    .option('--timeout <duration>', 'how long to wait at most', '60s')
    .action(run(async () => (await import('../task/submit.js')).submitTasks));
  task
    .command('preview <file>')
    .description('what a task would lead to: plan, verdicts, who would have to approve, cost; does nothing')
    .option('-t, --tenant <tenant>', 'whose task it would be')
    .option('--config <dir>', 'preview under this folder of files instead of what is in force')
    .action(run(async () => (await import('../task/preview.js')).previewTask));
};
