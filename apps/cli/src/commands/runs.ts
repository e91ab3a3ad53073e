import { Option, type Command } from 'commander';
import type { Run } from '../command-context.js';
import { OUTCOMES } from '../exit-codes.js';

export const addRuns = (program: Command, run: Run): void => {
  const runs = program.command('runs').description('what came of tasks');
  runs
    .command('list')
    .description('runs, newest first')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('-w, --workflow <workflow>', 'of this workflow only, or with its tenant: acme/refund-desk')
    .addOption(new Option('-s, --state <state>', 'only these; open: all that are not closed').choices(['open', 'submitted', 'running', 'waiting', 'closed']))
    .addOption(new Option('--outcome <outcome>', 'closed with this outcome').choices(OUTCOMES))
    .option('--agent <agent>', 'of this agent: its name or principal')
    .option('--tool <tool>', 'that proposed to call this tool')
    .option('--approver <person>', 'that this person voted on, yes or no: a name or principal')
    .option('--rule <rule>', 'in a decision of which policy named this rule')
    .option('--since <when>', 'handed in since then: an age such as 7d, or a time')
    .option('--until <when>', 'handed in before then: an age such as 1h, or a time')
    .option('--min-cost <usd>', 'that cost at least so much')
    .option('--max-cost <usd>', 'that cost at most so much')
    .option('-n, --limit <count>', 'how many at most', '20')
    .action(run(async () => (await import('../runs/list.js')).listRuns));
  runs
    .command('show <id>')
    .description('one run: its steps, approvals, cost and outcome')
    .addOption(new Option('-f, --format <format>', 'jsonl: the record of the run, one line').choices(['text', 'json', 'jsonl']).default('text'))
    .option('--events', 'every event of the run too')
    .action(run(async () => (await import('../runs/show.js')).showRun));
  runs
    .command('diff <a> <b>')
    .description('two runs side by side: task, versions, decisions, approvals, outcomes, cost; exit 9 where they differ')
    .option('--all', 'also what is the same')
    .action(run(async () => (await import('../runs/diff/diff.js')).diffRuns));
};
