import { Option, type Command } from 'commander';
import type { Run } from '../command-context.js';

export const addApprovals = (program: Command, run: Run): void => {
  const approvals = program.command('approvals').description('what waits for a person, and votes');
  approvals
    .command('list')
    .description('open approvals, the next to expire first')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('--rule <rule>', 'that this rule asks for only')
    .option('-a, --all', 'decided ones too')
    .option('-n, --limit <count>', 'how many at most', '50')
    .action(run(async () => (await import('../approvals/list.js')).listApprovals));
  approvals
    .command('show <id>')
    .description('the exact action that is asked for, why, and who may answer')
    .action(run(async () => (await import('../approvals/show.js')).showApproval));
  approvals
    .command('approve [ids...]')
    .description('vote yes, signed with your key; several of one rule at once')
    .option('--rule <rule>', 'all that this rule asks for')
    .option('-r, --reason <text>', 'why; kept with the vote')
    .option('--in-place-of <person>', 'as the stand-in of this person')
    .option('--typed <text>', 'amount and target, where a step-up is asked for')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../approvals/vote.js')).approve));
  approvals
    .command('deny [ids...]')
    .description('vote no, signed with your key; several of one rule at once')
    .option('--rule <rule>', 'all that this rule asks for')
    .option('--in-place-of <person>', 'as the stand-in of this person')
    .requiredOption('-r, --reason <text>', 'why; the upstream is told')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../approvals/vote.js')).deny));
  approvals
    .command('escalate <id>')
    .description('have the fallback roles asked now')
    .requiredOption('-r, --reason <text>', 'why')
    .action(run(async () => (await import('../approvals/escalate.js')).escalateApproval));
  approvals
    .command('delegate')
    .description('let somebody vote in your place for a while, or say that you are away')
    .option('--to <person>', 'who stands in')
    .option('--away', 'nobody does')
    .option('--from <time>', 'a day or a time; now unless given')
    .requiredOption('--until <time>', 'a day or a time')
    .option('--role <role...>', 'only with these of your roles')
    .option('--workflow <tenant/workflow...>', 'only there; everywhere in force unless given')
    .action(run(async () => (await import('../approvals/delegate.js')).delegate));
  approvals
    .command('consent <run>')
    .description('say yes beforehand to what one run may be asked about, for a while')
    .requiredOption('--name <text>', 'what to call it')
    .requiredOption('--tool <tool...>', 'calls of these tools')
    .option('--for <duration>', 'how long, at most 4h', '30m')
    .option('--up-to-tier <tier>', 'questions of this tier at most, 2 or 3', '2')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../approvals/consent.js')).consent));
  approvals
    .command('standing')
    .description('who is away, who stands in for whom, and what was said yes to beforehand')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .action(run(async () => (await import('../approvals/standing.js')).listStanding));
  approvals
    .command('stats')
    .description('how fast and how well people answer, and which rules may want another tier')
    .option('-t, --tenant <tenant>', 'of this tenant only')
    .option('--since <when>', 'what was answered since then: an age such as 7d, or a time', '7d')
    .addOption(new Option('--by <what>', 'one line for each of these').choices(['rule', 'approver']).default('rule'))
    .action(run(async () => (await import('../approvals/stats.js')).approvalStats));
  approvals
    .command('withdraw <ids...>')
    .description('take delegations and consents of yours back')
    .action(run(async () => (await import('../approvals/standing.js')).withdrawStanding));
};
