import { FLOW, partitionCountOf, topicName, type Topic } from '@countersign/contracts';
import type { TopicPartition } from '@countersign/bus/client';
import type { Kafka } from '../connection/kafka.js';

/** Every partition of a topic, for every tenant that is asked for. */
export const partitionsOf = (kafka: Pick<Kafka, 'namespace' | 'partitions'>, topic: Topic, tenants: readonly string[]): readonly TopicPartition[] => {
  const names = FLOW[topic].perTenant ? tenants.map((tenant) => topicName(kafka.namespace, topic, tenant)) : [topicName(kafka.namespace, topic)];
  const numbers = Array.from({ length: partitionCountOf(topic, kafka.partitions) }, (_, partition) => partition);
  return names.flatMap((name) => numbers.map((partition) => ({ topic: name, partition })));
};

/** Where each partition ends now: what comes after is news. */
export const endsOf = async (kafka: Kafka, targets: readonly TopicPartition[]): Promise<readonly Mark[]> =>
  Promise.all(targets.map(async (target) => ({ target, offset: (await kafka.broker.offsets(target)).end })));

export interface Mark {
  readonly target: TopicPartition;
  readonly offset: number;
}
