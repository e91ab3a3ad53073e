import type { Command } from 'commander';
import type { Run } from '../command-context.js';

export const addConfig = (program: Command, run: Run): void => {
  const config = program.command('config').description('contracts, tools, playbooks, policies and approvers');
  config
    .command('apply [dir]')
    .description('check a folder of YAML files, show what changes, and put it in force (default: config)')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../config/apply.js')).applyConfig));
  config
    .command('diff [dir]')
    .description('what `apply` would change, and which calls become possible; 0 where nothing would, 9 where something would')
    .action(run(async () => (await import('../config/apply.js')).diffConfig));
  config
    .command('rollback [version]')
    .description('put an earlier version in force again, as a new version (default: the one before)')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../config/rollback.js')).rollbackConfig));
  config
    .command('sign [hash]')
    .description('add your signature to a change that waits for a quorum, after its diff was shown')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../config/sign.js')).signConfig));
  config
    .command('show')
    .description('what is in force, and the versions before it')
    .action(run(async () => (await import('../config/show.js')).showConfig));
};
