import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openReadableStore } from '@countersign/archive';
import { auditArchive } from '@countersign/audit';
import { loadRoot } from '@countersign/identity';
import { decodeVerifier } from '@countersign/tlog';
import type { Violation } from './judge/record.ts';
import type { ChaosStack } from './stack.ts';

/** The ledger was killed too and writes on from where its archive ends. */
const CATCH_UP_MS = 60_000;
const LOOK_MS = 1_000;
/** So many faults are named; more say nothing new. */
const NAMED = 5;

const clientOf = ({ dir }: Pick<ChaosStack, 'dir'>): { readonly archive: { readonly url: string; readonly anchor: string }; readonly rootFile: string } => JSON.parse(readFileSync(join(dir, 'client.json'), 'utf8'));

/**
 * The ledger was killed at whatever point of writing its archive it was at: the archive has to be what was signed, and to have every
 * record of every topic of the log, each once.
 */
export const judgeArchive = async (stack: ChaosStack): Promise<Violation[]> => {
  const { archive, rootFile } = clientOf(stack);
  const kafka = stack.kafka('ledger');
  const store = await openReadableStore(archive.url);
  const audit = () => auditArchive({ store, trust: { anchor: decodeVerifier(archive.anchor) }, root: loadRoot(rootFile), partitions: stack.partitions });
  const deadline = performance.now() + CATCH_UP_MS;
  try {
    for (;;) {
      const { logs, faults } = await audit();
      const behind: string[] = [];
      for (const { topic, partition, entries } of logs) {
        // It goes on while anything is written, and tells of itself.
        if (topic === 'anchor' || topic === 'ledger') continue;
        const { start, end } = await kafka.offsets({ topic: `${stack.namespace}.${topic}`, partition });
        if (entries !== end - start) behind.push(`${topic}/${partition}: ${entries} of ${end - start}`);
      }
      if (faults.length > 0) return [{ rule: 'the archive is what was signed', message: faults.slice(0, NAMED).map(({ log, entry, code, message }) => `${log} ${entry ?? ''} ${code}: ${message}`).join('; ') }];
      if (behind.length === 0) return [];
      if (performance.now() > deadline) return [{ rule: 'the archive has every record once', message: behind.slice(0, NAMED).join(', ') }];
      await sleep(LOOK_MS);
    }
  } finally {
    await kafka.close();
  }
};
