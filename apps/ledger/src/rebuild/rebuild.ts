import { codeOf, CountersignError, messageOf } from '@countersign/kernel';
import { ReadModel } from '@countersign/read-model';
import { readLedgerConfig, type LedgerConfig } from '../ledger.config.js';
import { rebuildFromArchive } from './from-archive.js';
import { rebuildFromKafka } from './from-kafka.js';
import { tell } from './progress.js';

/** Fills the model, and gives how many records it read. */
type Source = (model: ReadModel, config: LedgerConfig) => Promise<number>;

const SOURCES: Readonly<Record<string, Source>> = { kafka: rebuildFromKafka, archive: rebuildFromArchive };

/**
 * Makes the read model anew from `kafka` or from the `archive`, then prints what it came to as one JSON line: made of the same records, its
 * fingerprint is the same. Never throws: the exit code is 0, or 1 with a reason.
 */
export const rebuild = async (env: NodeJS.ProcessEnv, from = 'kafka'): Promise<void> => {
  try {
    const source = SOURCES[from];
    if (!source) throw new CountersignError('USAGE', `the read model is made from ${Object.keys(SOURCES).join(' or ')}, not from \`${from}\``);
    const config = readLedgerConfig(env);
    const began = performance.now();
    const model = await ReadModel.open({ url: config.databaseUrl });
    const records = await source(model, config);
    await model.vacuum();
    const fingerprint = await model.fingerprint();
    await model.close();
    process.stdout.write(`${JSON.stringify({ rebuilt: true, from, records, ms: Math.round(performance.now() - began), fingerprint })}\n`);
    if (from === 'archive') process.exit(0);
    // Who is a ledger goes the ordinary way out: commits, and leaves the group.
    process.kill(process.pid, 'SIGTERM');
  } catch (fault) {
    const hint = fault instanceof CountersignError && fault.hint ? ` (${fault.hint})` : '';
    tell(`the rebuild failed: ${codeOf(fault)}: ${messageOf(fault)}${hint}`);
    process.exit(1);
  }
};
