import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { TopicPartition } from '../broker.js';
import { KafkaBroker } from './kafka-broker.js';
import { SASL_MECHANISM, type KafkaOptions } from './kafka-options.js';

export type TransactionEnd = 'commit' | 'abort';

/** A producer with transactions, as upstream systems use one. */
export const startTransactor = async (options: KafkaOptions) => {
  const { brokers, sasl } = options;
  const broker = new KafkaBroker(options);
  const client = new Kafka({ brokers: [...brokers], ...(sasl ? { sasl: { mechanism: SASL_MECHANISM, username: sasl.username, password: sasl.password } } : {}), logLevel: logLevel.NOTHING });
  const producer = client.producer({ transactionalId: randomUUID(), idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();

  /** Writes values, and gives what ends the transaction. One at a time. */
  const begin = async ({ topic, partition }: TopicPartition, values: readonly string[]): Promise<(end: TransactionEnd) => Promise<void>> => {
    const { end: start } = await broker.offsets({ topic, partition });
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: values.map((value) => ({ value, partition })) });
    return async (end) => {
      await transaction[end]();
      // Kafka answers as soon as it knows that the marker will be written; what is to be read has its end behind that.
      while ((await broker.offsets({ topic, partition })).end < start + values.length + 1) await sleep(5);
    };
  };
  return {
    begin,
    transact: async (target: TopicPartition, values: readonly string[], end: TransactionEnd): Promise<void> => (await begin(target, values))(end),
    close: async () => {
      await producer.disconnect();
      await broker.close();
    },
  };
};

export type Transactor = Awaited<ReturnType<typeof startTransactor>>;
