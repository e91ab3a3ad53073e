import { Option, type Command } from 'commander';
import type { Run } from '../command-context.js';
import { listOf } from './list-of.js';
import { readsArchive } from './reads-archive.js';

export const addLedger = (program: Command, run: Run): void => {
  const ledger = program.command('ledger').description('the record of everything that happened');
  ledger
    .command('rebuild')
    .description('empty the read model and make it anew from Kafka or from the archive, beside the ledger that runs; ends with its fingerprint')
    .addOption(new Option('--from <source>', 'what it is made of').choices(['kafka', 'archive']).default('kafka'))
    .option('--archive <archive>', 'with `--from archive`: a folder, s3://bucket/prefix or https://...; that of the stack here unless given')
    .option('--anchor <key>', 'with `--from archive`: the key of its anchor, as a C2SP verifier key; that of the stack here unless given')
    .action(run(async () => (await import('../ledger/rebuild.js')).rebuildLedger));
  ledger
    .command('init')
    .description('begin an archive in a folder or a bucket: its description, and the secret that signs it')
    .requiredOption('--archive <archive>', 'a folder or s3://bucket/prefix')
    .requiredOption('--origin <host>', 'the first part of the name of every log, a host name of yours; nothing has to answer there')
    .option('--key-file <file>', 'where the secret is, or is to be', 'archive-key.json')
    .option('--namespace <name>', 'of the topics (default: countersign)')
    .option('--partitions <n>', 'of each topic (default: 4)')
    .addOption(new Option('--lock <mode>', 'how objects of a bucket are locked (default: governance)').choices(['governance', 'compliance', 'none']))
    .option('--days <n>', 'for how many days (default: 400)')
    .option('-y, --yes', 'do not ask, where it would')
    .action(run(async () => (await import('../ledger/init.js')).beginArchive));
  readsArchive(ledger.command('verify [archive]').description('check that an archive, a pack or a proof is what was signed: every record, signature and run; exit 8 where it is not'))
    .option('--root <file>', 'public keys of the people whose controls count; those of the stack here unless given, for packs only where no other anchor is named')
    .option('--topic <name>', 'only logs of this topic, and the controls; may be given more than once', listOf)
    .option('--read-model', 'hold the rows of the ledger here against the archive, too: an event that was altered, put in, moved to another run or taken out in PostgreSQL, and a run without events')
    .action(run(async () => (await import('../ledger/verify/verify.js')).verifyArchive));
  readsArchive(ledger.command('epoch <topic/partition>').description('end a log of the archive that stands still, and have its topic partition archived into the next one; signed, and said by every verification from then on'))
    .requiredOption('--reason <text>', 'why; everybody who verifies reads it')
    .option('--archive <archive>', 'a folder, s3://bucket/prefix or https://...; that of the stack here unless given')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../ledger/epoch.js')).beginEpoch));
  ledger
    .command('tidy [archive]')
    .description('remove partial tiles and bundles whose locks are over and that whole ones have taken the place of; exit 8 where one is not how its whole one begins')
    .option('--namespace <name>', 'of the topics; that of the stack here, or `countersign`, unless given')
    .option('--dry-run', 'say how many there are, and remove none')
    .action(run(async () => (await import('../ledger/tidy.js')).tidyArchive));
  readsArchive(ledger.command('prove <event>').description('write what shows that an event is in the archive; by its id, or as TOPIC/PARTITION/OFFSET'))
    .option('--archive <archive>', 'a folder, s3://bucket/prefix or https://...; that of the stack here unless given')
    .option('-o, --out <folder>', 'where to write it; a new folder here unless given')
    .action(run(async () => (await import('../ledger/prove.js')).proveEvent));
  readsArchive(ledger.command('export').description('write a pack for auditors: records, what shows each of them, run records, and a table of costs'))
    .requiredOption('-o, --out <folder>', 'a new folder')
    .option('--archive <archive>', 'a folder, s3://bucket/prefix or https://...; that of the stack here unless given')
    .option('--run <run>', 'only what is of this run; may be given more than once', listOf)
    .option('-t, --tenant <tenant>', 'only what is of this tenant')
    .option('--since <when>', 'only what Kafka got since then: an age such as 7d, or a time')
    .option('--until <when>', 'only what Kafka got before then')
    .option('--subject <person>', 'only runs of which a record names this person, or has something sealed with their key')
    .option('--redact <classes>', 'leave out what may hold values of these classes of data (personal,financial,...); that it is there is shown all the same')
    .action(run(async () => (await import('../ledger/export.js')).exportPack));
  ledger
    .command('keys')
    .description('keys of sealed values, and which are destroyed; of a person with those of every run that something of theirs was sealed in')
    .option('-t, --tenant <tenant>', 'needed where there are several')
    .option('--subject <person>', 'only those of this person, as tasks name them')
    .option('--run <run>', 'only those of this run')
    .action(run(async () => (await import('../ledger/sealed/keys.js')).listKeys));
  ledger
    .command('open <run>')
    .description('break glass: ask to see what is sealed of a run; two others have to agree, and that you saw it is on the record before you do')
    .requiredOption('-r, --reason <text>', 'why; for the record')
    .option('--for <time>', 'how long you wait for others, and may be shown it', '15m')
    .option('-y, --yes', 'do not ask')
    .action(run(async () => (await import('../ledger/sealed/open.js')).openSealed));
  ledger
    .command('shred')
    .description('ask that keys be destroyed: what was sealed with them is gone, wherever it lies, and every proof still holds')
    .option('-t, --tenant <tenant>', 'needed where there are several')
    .option('--subject <person>', 'those of this person, and of every run that something of theirs was sealed in')
    .option('--run <run>', 'those of this run')
    .requiredOption('-r, --reason <text>', 'why; for the record')
    .option('-y, --yes', 'do not ask')
    .option('--timeout <time>', 'how long to wait', '30s')
    .action(run(async () => (await import('../ledger/sealed/shred.js')).shredKeys));
  ledger
    .command('retain')
    .description('let go of keys and answers that a tenant has kept for as long as its file says, apart from what a legal hold covers')
    .option('-t, --tenant <tenant>', 'needed where there are several')
    .option('--timeout <time>', 'how long to wait', '30s')
    .action(run(async () => (await import('../ledger/sealed/retain.js')).applyRetention));
};
