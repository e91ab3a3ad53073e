import { readAnchor } from '@countersign/audit';
import type { LogRecord, TopicPartition } from '@countersign/bus/client';
import { TOPICS, topicOf, type Topic } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import { KAFKA_VARIABLES, KafkaConfig, readConfig } from '@countersign/service/client';
import type { CommandContext } from '../command-context.js';
import { withKafka, type Kafka } from '../connection/kafka.js';
import { descriptionOf, openArchive, type ArchiveOptions } from '../ledger/archive-settings.js';
import { ledgerEnvironmentHere } from '../ledger/ledger-environment.js';
import { partitionsOf } from '../log/places.js';
import { recordsOf } from './read-tape.js';

export interface CopyOptions extends ArchiveOptions {
  readonly from: 'archive' | 'kafka';
  readonly archive?: string;
}

/** What is copied into a sandbox. */
export interface CopySource {
  readonly namespace: string;
  /** Of each topic of the log. */
  readonly partitions: number;
  readonly tenants: readonly string[];
  /** Of each topic partition, in their order. */
  readonly logs: readonly (readonly LogRecord[])[];
}

/** Throws `USAGE` for what only an archive has. */
export const requireFitting = (options: CopyOptions): void => {
  const [named] = (['archive', 'anchor', 'witness', 'quorum', 'seen'] as const).filter((option) => options[option] !== undefined);
  if (options.from === 'kafka' && named) throw new CountersignError('USAGE', `\`--${named}\` goes with \`--from archive\``);
};

type IsWanted = (record: LogRecord) => boolean;

/** What the ledger says of itself is no part of what happened. */
const isCopied = (topic: Topic | undefined): topic is Topic => topic !== undefined && topic !== 'anchor' && topic !== 'ledger';

const fromArchive = async (context: CommandContext, options: CopyOptions, isWanted: IsWanted): Promise<CopySource> => {
  const archive = await openArchive(context, options.archive, options);
  const { namespace, logs } = await readAnchor(archive.store, archive.trust);
  const { partitions } = await descriptionOf(archive);
  const copied: LogRecord[][] = [];
  for (const log of logs.filter(({ topic }) => isCopied(topicOf(topic)))) {
    const records: LogRecord[] = [];
    for await (const record of recordsOf(archive.store, log, namespace)) if (isWanted(record)) records.push(record);
    copied.push(records);
  }
  return { namespace, partitions, tenants: [...new Set(logs.flatMap(({ topic }) => topic.split('.')[1] ?? []))], logs: copied };
};

/** Each topic partition of a namespace that is copied. */
export const placesOf = (kafka: Pick<Kafka, 'namespace' | 'partitions'>, tenants: readonly string[]): readonly TopicPartition[] => TOPICS.filter(isCopied).flatMap((topic) => partitionsOf(kafka, topic, tenants));

/** What Kafka still has of each topic partition, up to what it ends with now. */
export const logsOnKafka = async (kafka: Kafka, isWanted: IsWanted): Promise<CopySource['logs']> => {
  const logs: LogRecord[][] = [];
  for (const target of placesOf(kafka, kafka.tenants)) {
    const { start, end } = await kafka.broker.offsets(target);
    const records: LogRecord[] = [];
    await kafka.broker.read(target, start, end, (batch) => void records.push(...batch.filter(isWanted)));
    logs.push(records);
  }
  return logs;
};

/** Reads as `ledger rebuild` does, with the rights of the ledger: the user of the command line may read neither inboxes nor ballots. */
const fromKafka = async (context: CommandContext, _options: CopyOptions, isWanted: IsWanted): Promise<CopySource> => {
  const ledger = ledgerEnvironmentHere(context.dataDir);
  const config = ledger && readConfig(KafkaConfig, ledger, KAFKA_VARIABLES);
  return withKafka(context, async (kafka) => ({ namespace: kafka.namespace, partitions: kafka.partitions, tenants: kafka.tenants, logs: await logsOnKafka(kafka, isWanted) }), config);
};

const SOURCES = { archive: fromArchive, kafka: fromKafka } as const;

/** Reads what `isWanted` of the archive or of Kafka, apart from what the ledger says of itself. */
export const copySource = (context: CommandContext, options: CopyOptions, isWanted: IsWanted): Promise<CopySource> => SOURCES[options.from](context, options, isWanted);
