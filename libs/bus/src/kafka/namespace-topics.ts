import { deadLetterTopic, FLOW, OWNERS, partitionCountOf, SERVICES, snapshotTopic, topicName, TOPICS, type Topic } from '@countersign/contracts';
import { days, hours } from '@countersign/kernel';

export interface NamespaceOptions {
  readonly namespace: string;
  /** Those that have doors: an inbox and outcomes each. */
  readonly tenants: readonly string[];
  /** Of each topic of the log, the doors and the snapshots; fixed for the life of the namespace. */
  readonly partitions: number;
}

export interface NamespaceTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Kafka's topic settings; the rest is the broker's. */
  readonly config: Readonly<Record<string, string>>;
}

/** Long enough to look into what went wrong after a holiday. */
const DEAD_LETTER_RETENTION = days(30);
/** Compaction takes only segments that are closed, and snapshots are few. */
const SNAPSHOT_SEGMENT = hours(1);
const FOR_EVER = '-1';

/**
 * `LogAppendTime`: a key that was retired signs nothing that came later, so no writer may choose the time of its records.
 * `uncompressed`: the broker unpacks what strangers send, so that no reader has to. It unpacks first and looks at the size then: what
 * keeps its memory is `max.message.bytes`, which a packed batch has to keep as well. gzip makes a thousand bytes of one.
 * Not so zstd, which makes thirty thousand: 600 MiB in a batch of 19 KB end a broker with 512 MiB, and Kafka has no limit for that.
 */
const COMMON = { 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'uncompressed' } as const;

/**
 * Bytes of a batch in topics that others than services write; where nothing is said the broker's own limit holds (1 MiB). Only topics
 * that are made from now on get it: those that are there go on as they are, until somebody sets it with Kafka's own tools.
 */
const MAX_MESSAGE_BYTES: Partial<Readonly<Record<Topic, number>>> = {
  // A task or a ballot is an event of 48 KiB at most, and its signature: there is room for two. Unpacked by gzip, 128 MiB: a broker
  // with the heap of 512 MiB that the local stack gives it lives on.
  inbox: 128 * 1024,
  ballots: 128 * 1024,
  // The CLI publishes up to 512 KiB of configuration at once.
  controls: 640 * 1024,
};

const limitOf = (topic: Topic): Readonly<Record<string, string>> => {
  const most = MAX_MESSAGE_BYTES[topic];
  return most === undefined ? {} : { 'max.message.bytes': String(most) };
};

const instancesOf = (namespace: string, topic: Topic, tenants: readonly string[]): readonly string[] =>
  FLOW[topic].perTenant ? tenants.map((tenant) => topicName(namespace, topic, tenant)) : [topicName(namespace, topic)];

/** Every topic of a namespace, with how it has to be. */
export const topicsOfNamespace = ({ namespace, tenants, partitions }: NamespaceOptions): readonly NamespaceTopic[] => [
  ...TOPICS.flatMap((topic) => {
    const { retention } = FLOW[topic];
    const config = { ...COMMON, 'cleanup.policy': 'delete', 'retention.ms': retention === undefined ? FOR_EVER : String(retention), ...limitOf(topic) };
    return instancesOf(namespace, topic, tenants).map((name) => ({ topic: name, partitions: partitionCountOf(topic, partitions), config }));
  }),
  ...OWNERS.map((service) => ({
    topic: snapshotTopic(namespace, service),
    partitions,
    config: { ...COMMON, 'cleanup.policy': 'compact', 'segment.ms': String(SNAPSHOT_SEGMENT) },
  })),
  ...SERVICES.map((service) => ({
    topic: deadLetterTopic(namespace, service),
    partitions: 1,
    config: { ...COMMON, 'cleanup.policy': 'delete', 'retention.ms': String(DEAD_LETTER_RETENTION) },
  })),
];
