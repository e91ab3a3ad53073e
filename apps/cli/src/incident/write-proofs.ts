import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Prover, readAnchor, readSigned, RecordIndex } from '@countersign/audit';
import { CountersignError, sha256 as hashOf } from '@countersign/kernel';
import type { CommandContext } from '../command-context.js';
import { openArchive, type ArchiveOptions } from '../ledger/archive-settings.js';
import { writeProof } from '../ledger/prove.js';
import type { Logged } from '../runs/logged.js';
import type { ProofsMade } from './incident-text.js';

/**
 * Writes what shows each event to whoever has the key of the anchor, one folder for each under its id: `ledger verify FOLDER/ID` reads it.
 * Throws `ARCHIVE_INVALID` where a record is not as it was signed, or the archive has another one in the place of an event: then one of the
 * two is not what was written.
 */
export const writeProofs = async (context: CommandContext, folder: string, events: readonly Logged[], archive: string | undefined, options: ArchiveOptions): Promise<ProofsMade> => {
  const { store, trust } = await openArchive(context, archive, options);
  const anchor = await readAnchor(store, trust);
  const prover = await Prover.open(store, anchor, trust);
  const index = new RecordIndex(store, anchor.logs);
  const [proven, notAnchored]: [string[], string[]] = [[], []];
  mkdirSync(folder, { recursive: true });
  for (const { log, offset, sha256, event } of events) {
    const [topic = '', partition] = log.split('/');
    const found = await readSigned(`\`${log}\``, () => index.find({ topic, partition: Number(partition) }, offset));
    if (!found) {
      notAnchored.push(event.id);
      continue;
    }
    const { shown, ...proof } = await prover.prove(found.log, found.index);
    if (hashOf(shown.record.value ?? '') !== sha256) throw new CountersignError('ARCHIVE_INVALID', `the archive has another record at \`${log}/${offset}\` than the ledger has event \`${event.id}\``, { hint: '`countersign ledger verify` says which of the two was changed' });
    writeProof(join(folder, event.id), proof);
    proven.push(event.id);
  }
  return { folder, proven, notAnchored };
};
