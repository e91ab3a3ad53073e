import type { Command } from 'commander';
import type { Run } from '../command-context.js';

const collected = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const addEscalations = (program: Command, run: Run): void => {
  const escalations = program.command('escalations').description('what runs ask of people, and answers');
  escalations
    .command('list')
    .description('open questions, the next to expire first')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('--role <role>', 'that this role is asked only')
    .option('-a, --all', 'answered and expired ones too')
    .option('-n, --limit <count>', 'how many at most', '50')
    .action(run(async () => (await import('../escalations/list.js')).listEscalations));
  escalations
    .command('show <id>')
    .description('what is asked and why, the evidence, who may answer, and what can be said')
    .action(run(async () => (await import('../escalations/show.js')).showEscalation));
  escalations
    .command('claim <id>')
    .description('say that you are at work on it; it keeps nobody else from answering')
    .option('-r, --reason <text>', 'what you are about to do', 'looking into it')
    .action(run(async () => (await import('../escalations/say.js')).claim));
  escalations
    .command('answer <id>')
    .description('give what is missing, or say what became of it, signed with your key')
    .option('--set <name=value>', 'a value that was asked for; once for each', collected, [])
    .option('--say <choice>', 'done, not-done, accept or stop, as `show` lists them')
    .requiredOption('-r, --reason <text>', 'what you have found out; it is on the record')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../escalations/say.js')).answer));
  escalations
    .command('resume <id>')
    .description('have it looked at again: the step is decided anew')
    .requiredOption('-r, --reason <text>', 'why; it is on the record')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../escalations/say.js')).resume));
};
