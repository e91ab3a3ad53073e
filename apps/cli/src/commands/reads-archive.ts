import type { Command } from 'commander';
import { listOf } from './list-of.js';

/** What every command takes that reads an archive. */
export const readsArchive = (command: Command): Command =>
  command
    .option('--anchor <key>', 'the key of its anchor, as a C2SP verifier key; that of the stack here unless given')
    .option('--witness <key>', 'the key of a witness that has to have cosigned the anchor; may be given more than once', listOf)
    .option('--quorum <count>', 'how many of the witnesses have to; all unless given')
    .option('--seen <file>', 'a checkpoint of the anchor that was kept before: what is there now has to have grown out of it; may be given more than once', listOf);
