import type { Command } from 'commander';
import type { Run } from '../command-context.js';
import { listOf } from './list-of.js';

export const addDev = (program: Command, run: Run): void => {
  const dev = program.command('dev').description('the local stack: Kafka, PostgreSQL and every service');
  dev
    .command('up')
    .description('start it, or find the one that runs')
    .option('--examples', 'run the payments service and the local GitHub of examples/ too')
    .option('--slack-sim', 'run a stand-in of Slack too, with a page that shows cards and takes votes')
    .option('--witness', 'run a witness too, which cosigns the anchor of the archive, and is asked before `--restore`; needs Go')
    .option('--restore', 'fill an empty Kafka from the archive first, and start in mode safe: after a disaster')
    .option('--seen <file>', 'with --restore: a checkpoint of the anchor that was kept; the archive has to have grown out of it; may be given more than once', listOf)
    .option('--partitions <n>', 'partitions of each topic, fixed for the life of the data (default: 4)')
    .option('--tenants <names>', 'comma-separated; their Kafka users are made with the data (default: acme,globex)')
    .option('--replicas <list>', 'such as planner=2,policy=2 (default: one of each)')
    .action(run(async () => (await import('../dev/up.js')).up));
  dev.command('down').description('stop every process of it; the data stay').action(run(async () => (await import('../dev/down.js')).down));
  dev.command('status').description('what runs; 1 where something is not well').action(run(async () => (await import('../dev/status.js')).status));
  dev
    .command('logs [part]')
    .description('the end of the log of a part, or of all of them')
    .option('-n, --lines <n>', 'how many lines of each (default: 20)')
    .option('-f, --follow', 'go on until Ctrl-C')
    .action(run(async () => (await import('../dev/logs.js')).logs));
};
