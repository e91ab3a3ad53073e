import { Option, type Command } from 'commander';
import type { Run } from '../command-context.js';
import { DEFAULT_INCIDENTS } from './incidents-folder.js';
import { listOf } from './list-of.js';
import { readsArchive } from './reads-archive.js';

/** What every replay takes. */
const readsTape = (command: Command): Command =>
  readsArchive(command.option('--archive <archive>', 'a folder, `s3://...` or `https://...`; that of the stack here unless given')).option('--root <file>', 'public keys of the people whose controls count; those of the stack here unless given');

/** Each as it stands: a value may hold commas. */
const eachOf = (text: string, before?: readonly string[]): readonly string[] => [...(before ?? []), text];

/** What decided, and decides once more. */
const engine = (): Option => new Option('-e, --engine <engine>', 'what policy decides with').choices(['cedar', 'opa']).default('cedar');

export const addReplay = (program: Command, run: Run): void => {
  const replay = program.command('replay').description('what has happened, decided once more from the archive, without any way to the outside');
  readsTape(replay.command('exact [runs...]').description('the same code on the same inputs at the same time: every event has to be equal byte for byte; exit 9 where one is not'))
    .option('-n, --last <count>', 'the last runs that have come to their end')
    .addOption(engine())
    .action(run(async () => (await import('../replay/exact.js')).replayExact));
  readsTape(replay.command('what-if [runs...]').description('whole runs under other files, consequences included, newly allowed first; a call that was never made is not made: its run stops there; exit 9 where anything comes out otherwise'))
    .requiredOption('-p, --policy <dir>', 'folder of configuration files')
    .option('-s, --since <when>', 'runs that were handed in since then, where none is named: an age such as 7d, or a time', '7d')
    .addOption(engine())
    .action(run(async () => (await import('../replay/what-if.js')).replayWhatIf));
  readsTape(replay.command('fork <run>').description('a run from one of its steps on, with other rules or arguments: the tape as long as it says what comes of it; exit 9 where it comes out otherwise'))
    .requiredOption('--at <step>', 'from this proposal of the run on: 1 for the first, or its step')
    .option('-p, --policy <dir>', 'folder of configuration files')
    .option('--set <path=value>', 'another argument of that proposal; may be given more than once', eachOf)
    .addOption(engine())
    .action(run(async () => (await import('../replay/fork.js')).replayFork));
  readsTape(replay.command('verify <run>').description('proofs, signatures, links, schemas and completeness of one run; exit 8 where anything is not as it was signed'))
    .action(run(async () => (await import('../replay/verify.js')).replayVerify));
  readsTape(replay.command('at <time>').description('configuration, switches, budgets and open runs as they were at a moment: an age such as 10m, or a time'))
    .option('-r, --run <run>', 'what of this run had happened by then')
    .action(run(async () => (await import('../replay/at.js')).replayAt));
  readsArchive(replay.command('to-topic').description('copies what happened, or its beginning, into the topics of a sandbox, with a Kafka user that can write nowhere else'))
    .addOption(new Option('--from <source>', 'where it is read').choices(['archive', 'kafka']).default('archive'))
    .option('--archive <archive>', 'a folder, `s3://...` or `https://...`; that of the stack here unless given')
    .requiredOption('--ns <name>', 'namespace of the sandbox; it begins with `sbx-`')
    .option('--speed <times>', '`1x` or `1`: as fast as it was, `max`: as fast as it goes', 'max')
    .option('--until <place>', 'up to this age or time, or without this offset of each log and what follows')
    .action(run(async () => (await import('../replay/to-topic.js')).replayToTopic));
  readsTape(replay.command('promote <run>').description('makes a committed test of a run: its decisions, without what people wrote, and what is to be decided from now on'))
    .requiredOption('--as <name>', 'name of the incident')
    .option('--expect <step=effect>', '`allow`, `ask` or `deny`, where it is to be another than it was; may be given more than once', listOf)
    .option('--into <dir>', 'folder of incidents', DEFAULT_INCIDENTS)
    .addOption(engine())
    .action(run(async () => (await import('../replay/promote.js')).replayPromote));
};
