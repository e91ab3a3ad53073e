import { readCheckpoint, openReadableStore } from '@countersign/archive';
import { auditArchive, entriesOf, readAnchor, recordOf, type ArchivedLog, type Trust } from '@countersign/audit';
import { KafkaBroker, type NewRecord } from '@countersign/bus';
import type { Root } from '@countersign/identity';
import { CountersignError, systemClock } from '@countersign/kernel';
import { decodeVerifier } from '@countersign/tlog';
import { personOf } from '../connection/person.js';
import { publishControls } from '../controls/publish-controls.js';
import { faultText } from '../ledger/verify/audit-text.js';
import type { LocalArchive } from './local-archive.js';
import { LOCAL_PERSON, type StackKeys } from './stack-keys.js';

/** Below what any topic takes in one batch (128 KiB), with room for what Kafka adds. */
const MAX_BATCH_BYTES = 100_000;
const TELL_EVERY = 1_000;

interface RestoreParts {
  /** As somebody who may write everywhere. */
  readonly kafka: ConstructorParameters<typeof KafkaBroker>[0];
  readonly archive: LocalArchive['client'];
  readonly options: { readonly namespace: string; readonly partitions: number };
  readonly root: Root;
  readonly onStep: (step: string) => void;
}

const sizeOf = ({ key, value, headers }: NewRecord): number => 100 + (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).reduce((sum, [name, header]) => sum + name.length + header.length + 10, 0);

const restoreLog = async (broker: KafkaBroker, store: Awaited<ReturnType<typeof openReadableStore>>, namespace: string, { topic, partition, path, verifier }: ArchivedLog, onRecord: () => void): Promise<void> => {
  const size = (await readCheckpoint(store, path, verifier))?.checkpoint.size ?? 0;
  const target = { topic: `${namespace}.${topic}`, partition };
  let batch: NewRecord[] = [];
  let [first, bytes, next] = [0, 0, 0];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const offset = await broker.append(target, batch);
    if (offset !== first) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` got offset ${offset} where the archive has ${first}`, { hint: 'somebody else writes to this Kafka: begin again with an empty one' });
    [batch, bytes] = [[], 0];
  };
  for await (const { entry } of entriesOf(store, path, size)) {
    const { record } = await recordOf(store, entry);
    const { offset, timestamp, key, value, headers } = record;
    // Causes name offsets, so every record has to get its own again.
    if (offset !== next) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` has nothing at offset ${next}, which Kafka cannot be made to skip`, { hint: 'the archive began later than the topic, or a transaction has left a mark there' });
    const again = { key, value, headers, timestamp };
    if (bytes + sizeOf(again) > MAX_BATCH_BYTES) await flush();
    if (batch.length === 0) first = offset;
    batch.push(again);
    bytes += sizeOf(again);
    next = offset + 1;
    onRecord();
  }
  await flush();
};

/**
 * Puts every record of an archive into an empty Kafka, at the offset and with the time that it had. The archive is verified first: nothing is
 * restored that is not what was signed. Throws `ARCHIVE_INVALID`, and `LOG_TRUNCATED` where an offset cannot be had again.
 */
export const restoreKafka = async ({ kafka, archive, options, root, onStep }: RestoreParts): Promise<void> => {
  const store = await openReadableStore(archive.url);
  const trust: Trust = { anchor: decodeVerifier(archive.anchor) };
  onStep('verifying the archive');
  const { faults, events } = await auditArchive({ store, trust, root, partitions: options.partitions });
  const [fault] = faults;
  if (fault) throw new CountersignError('ARCHIVE_INVALID', `nothing is restored from an archive that is not what was signed: ${faultText(fault)}`);
  const { logs } = await readAnchor(store, trust);
  const broker = new KafkaBroker(kafka);
  let restored = 0;
  try {
    for (const log of logs) {
      await restoreLog(broker, store, options.namespace, log, () => {
        if ((restored += 1) % TELL_EVERY === 0) onStep(`restoring Kafka: ${restored} of ${events} records`);
      });
    }
  } finally {
    await broker.close();
  }
};

/** What ran when the disaster came goes on when a person says so, and not before. */
export const startSafe = async (broker: KafkaBroker, namespace: string, { person: { key } }: StackKeys): Promise<void> => {
  const control = { type: 'countersign.mode.changed', subject: 'all', data: { scope: 'all', value: '', mode: 'safe', reason: 'restored from the archive' } } as const;
  await publishControls(broker, namespace, personOf(LOCAL_PERSON, key), [control], systemClock.now());
};
