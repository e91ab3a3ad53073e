import type { Command } from 'commander';
import type { Run } from '../command-context.js';

const SCOPES = `Scopes: all, tenant:acme, workflow:acme/refund-desk, agent:acme/refund-desk/refund-desk, tool:payments.refund,
run:ID (the start of an id will do, and run:acme/refund-desk/ID works without the ledger).`;

export const addStop = (program: Command, run: Run): void => {
  program
    .command('stops')
    .description('what people have stopped, and what waits for it')
    .action(run(async () => (await import('../stop/list.js')).listStops));
  program
    .command('kill <scope>')
    .description('end what is in the scope, and grant nothing more of it; signed with your key')
    .option('-r, --reason <text>', 'why, for whoever is stopped', 'stopped by an operator')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', `\n${SCOPES}`)
    .action(run(async () => (await import('../stop/kill.js')).kill));
  program
    .command('pause <scope>')
    .description('start nothing of the scope, and let it queue: its mode is `safe` until `resume`')
    .option('-r, --reason <text>', 'why, for whoever waits', 'paused by an operator')
    .addHelpText('after', `\n${SCOPES}`)
    .action(run(async () => (await import('../stop/mode.js')).pause));
  program
    .command('mode <mode> [scope]')
    .description('normal; read-only: reads go on, writes queue; safe: everything queues')
    .option('-t, --tenant <tenant>', 'of this tenant, as the scope tenant:TENANT')
    .option('-r, --reason <text>', 'why, for whoever waits', 'set by an operator')
    .option('-y, --yes', 'do not ask before what has queued goes on')
    .addHelpText('after', `\n${SCOPES}`)
    .action(run(async () => (await import('../stop/mode.js')).setMode));
  program
    .command('resume <scope>')
    .description('lift the kill switch and the mode of exactly this scope; shows what has queued, and asks')
    .option('--rate <count>', 'of what has queued, let this many a minute be decided again')
    .option('--max-age <duration>', 'drop what has queued for longer, such as 2h')
    .option('-r, --reason <text>', 'why', 'resumed by an operator')
    .option('--dry-run', 'only show what would go on')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', `\n${SCOPES}`)
    .action(run(async () => (await import('../stop/resume.js')).resume));
};
