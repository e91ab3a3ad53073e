import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addApprovals = (program: Command, run: Run): void => {
  const approvals = program.command('approvals').description('what waits for a person, and votes');
  approvals
    .command('list')
    .description('open approvals, the next to expire first')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('-a, --all', 'decided ones too')
    .option('-n, --limit <count>', 'how many at most', '50')
    .action(run(async () => (await import('../approvals/list.js')).listApprovals));
  approvals
    .command('show <id>')
    .description('the exact action that is asked for, why, and who may answer')
    .action(run(async () => (await import('../approvals/show.js')).showApproval));
  approvals
    .command('approve <id>')
    .description('vote yes, signed with your key')
    .option('-r, --reason <text>', 'why; kept with the vote')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../approvals/vote.js')).approve));
  approvals
    .command('deny <id>')
    .description('vote no, signed with your key')
    .requiredOption('-r, --reason <text>', 'why; the upstream is told')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../approvals/vote.js')).deny));
};
