import { openReadableStore, readCheckpoint, readDescription, type ReadableStore } from '@countersign/archive';
import { auditArchive, nextOffsetOf, readAnchor, type ArchivedLog, type Trust } from '@countersign/audit';
import { firstContact, KafkaBroker, type Broker } from '@countersign/bus';
import { loadRoot } from '@countersign/identity';
import { codeOf, CountersignError } from '@countersign/kernel';
import type { ReadModel } from '@countersign/read-model';
import { kafkaOptions } from '@countersign/service';
import { decodeVerifier } from '@countersign/tlog';
import type { LedgerConfig } from '../ledger.config.js';
import { ArchiveFilling } from './archive-filling.js';
import { projectedPlaces, tellProgress } from './progress.js';

const TELL_EVERY = 1_000;

const trustOf = ({ archiveAnchor, archiveWitnesses = '' }: LedgerConfig): Trust => {
  if (archiveAnchor === undefined) throw new CountersignError('CONFIG_INVALID', 'whose archive it has to be is not said', { hint: 'set COUNTERSIGN_ARCHIVE_ANCHOR to the key of its anchor' });
  const witnesses = archiveWitnesses.split(',').filter(Boolean).map(decodeVerifier);
  return { anchor: decodeVerifier(archiveAnchor), witnesses, quorum: witnesses.length };
};

interface LogEnd {
  readonly topic: string;
  readonly partition: number;
  readonly size: number;
  /** The offset behind its last record. */
  readonly next: number;
}

/** Where each log of an archive ends, by its own word. */
const endsOf = async (store: ReadableStore, logs: readonly ArchivedLog[]): Promise<readonly LogEnd[]> =>
  Promise.all(
    logs.map(async ({ topic, partition, path, verifier }) => {
      const size = (await readCheckpoint(store, path, verifier))?.checkpoint.size ?? 0;
      return { topic, partition, size, next: await nextOffsetOf(store, path, size) };
    }),
  );

/** The ledger goes on in Kafka where the archive ends. Throws `LOG_TRUNCATED` where Kafka has not come as far. */
export const requireAsFar = async (broker: Pick<Broker, 'offsets'>, namespace: string, ends: readonly LogEnd[]): Promise<void> => {
  for (const { topic, partition, next } of ends) {
    const { end } = await broker.offsets({ topic: `${namespace}.${topic}`, partition });
    if (end < next) throw new CountersignError('LOG_TRUNCATED', `\`${topic}/${partition}\` of Kafka ends at offset ${end}, and the archive has come to ${next}`, { hint: 'an empty Kafka is filled from the archive first, and the read model with it: `countersign dev up --restore`' });
  }
};

/** A Kafka that does not answer is one that the ledger asks later. */
const compareWithKafka = async (config: LedgerConfig, ends: readonly LogEnd[]): Promise<void> => {
  const options = kafkaOptions(config, 'ledger-rebuild');
  try {
    await firstContact(options);
  } catch (fault) {
    if (codeOf(fault) === 'BROKER_UNREACHABLE') return;
    throw fault;
  }
  const broker = new KafkaBroker(options);
  try {
    await requireAsFar(broker, config.namespace, ends);
  } finally {
    await broker.close();
  }
};

/**
 * Makes the read model of the archive alone, which is verified while it is read: a model of anything that is not what was signed is emptied
 * again (`ARCHIVE_INVALID`). A ledger that runs beside waits, and goes on in Kafka where the archive ends.
 */
export const rebuildFromArchive = async (model: ReadModel, config: LedgerConfig): Promise<number> => {
  const { archiveUrl, namespace, partitions } = config;
  if (archiveUrl === undefined) throw new CountersignError('CONFIG_INVALID', 'where the archive is is not said', { hint: 'set ARCHIVE_URL' });
  const [store, trust] = [await openReadableStore(archiveUrl), trustOf(config)];
  const anchor = await readAnchor(store, trust);
  if (anchor.namespace !== namespace) throw new CountersignError('NAMESPACE_MISMATCH', `the archive is of \`${anchor.namespace}\`, and the read model of \`${namespace}\``);
  const description = await readDescription(store, namespace);
  if (description.partitions !== partitions) throw new CountersignError('NAMESPACE_MISMATCH', `the archive is of ${description.partitions} partitions of each topic, and the read model of ${partitions}`);
  const places = projectedPlaces(config);
  const ends = await endsOf(store, anchor.logs);
  await compareWithKafka(config, ends.filter((end) => places.some(({ topic, partition }) => topic === end.topic && partition === end.partition)));
  const filling = new ArchiveFilling(model, places);
  await model.empty(filling.begins(ends.filter(({ size }) => size > 0)));
  const total = ends.reduce((sum, { size }) => sum + size, 0);
  const { faults } = await auditArchive({
    store,
    trust,
    root: loadRoot(config.rootFile, config.trustDomain),
    partitions,
    onProgress: (done) => (done % TELL_EVERY === 0 ? tellProgress({ done, total }) : undefined),
    onChecked: (log, checked, reader) => filling.take(log, checked, reader),
  });
  const [fault] = faults;
  if (fault) {
    await model.empty();
    throw new CountersignError('ARCHIVE_INVALID', `nothing is made of an archive that is not what was signed: ${fault.log}: ${fault.code}: ${fault.message}`, { hint: 'the read model is empty: `countersign ledger verify` says more, and `countersign ledger rebuild` makes it from Kafka' });
  }
  await filling.end();
  return filling.records;
};
