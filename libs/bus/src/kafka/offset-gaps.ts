import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Partitioners, type Producer } from 'kafkajs';
import { CountersignError, millis, seconds } from '@countersign/kernel';
import type { NewRecord, TopicPartition } from '../broker.js';
import { KafkaAdmin } from './kafka-admin.js';
import type { KafkaBroker } from './kafka-broker.js';
import type { KafkaOptions } from './kafka-options.js';
import { kafkajsClient } from './kafkajs-client.js';

/** Some 80 KB in one batch: below what any topic takes. */
const MOST_FILLERS = 8_000;
const FILLER = { key: null, value: null };
/** A marker is written after Kafka has said that it will be: mostly within milliseconds. */
const MARKER_POLL = millis(2);
const MARKER_PATIENCE = seconds(30);
/** Each transaction begins while Kafka may still be writing the marker of the one before. */
const RETRY = { initialRetryTime: millis(5), retries: 12 };

/**
 * Leaves offsets without a record, as transactions and retention do, for whoever puts records back at the offsets that they had. Kafka can
 * be told to skip nothing, and what a transaction takes no reader is handed. One call at a time, and nobody else writes meanwhile.
 */
export class OffsetGaps {
  #producer: Promise<Producer> | undefined;
  readonly #admin: KafkaAdmin;

  constructor(
    private readonly options: KafkaOptions,
    private readonly broker: Pick<KafkaBroker, 'append' | 'offsets'>,
  ) {
    this.#admin = new KafkaAdmin(options);
  }

  /** Has a partition with nothing in it begin at an offset. */
  async startAt(target: TopicPartition, offset: number): Promise<void> {
    for (let left = offset; left > 0; left -= MOST_FILLERS) await this.broker.append(target, Array.from({ length: Math.min(left, MOST_FILLERS) }, () => ({ ...FILLER, headers: {}, timestamp: 0 })));
    await this.#admin.deleteBefore(target, offset);
  }

  /** Appends records and leaves the one offset behind them empty; gives the offset of the first. */
  async appendAndSkip(target: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    const { end } = await this.broker.offsets(target);
    const transaction = await (await this.#transactions()).transaction();
    const [written] = await transaction.send({
      topic: target.topic,
      messages: records.map(({ key, value, headers, timestamp }) => ({ key, value, headers: { ...headers }, partition: target.partition, ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }) })),
    });
    await transaction.commit();
    await this.#untilMarked(target, end + records.length + 1);
    return Number(written?.baseOffset ?? NaN);
  }

  /** Leaves the next offsets empty, two at least: the last of them takes the end of what filled the others. */
  async skip(target: TopicPartition, count: number): Promise<void> {
    const { end } = await this.broker.offsets(target);
    const transaction = await (await this.#transactions()).transaction();
    for (let left = count - 1; left > 0; left -= MOST_FILLERS) {
      await transaction.send({ topic: target.topic, messages: Array.from({ length: Math.min(left, MOST_FILLERS) }, () => ({ ...FILLER, partition: target.partition, timestamp: '0' })) });
    }
    await transaction.abort();
    await this.#untilMarked(target, end + count);
  }

  async close(): Promise<void> {
    await (await this.#producer)?.disconnect();
    await this.#admin.close();
  }

  #transactions(): Promise<Producer> {
    return (this.#producer ??= this.#connect());
  }

  async #connect(): Promise<Producer> {
    const producer = kafkajsClient(this.options, { retry: RETRY }).producer({ transactionalId: `countersign-restore-${randomUUID()}`, idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return producer;
  }

  async #untilMarked(target: TopicPartition, expected: number): Promise<void> {
    const until = performance.now() + MARKER_PATIENCE;
    for (;;) {
      const { end } = await this.broker.offsets(target);
      if (end === expected) return;
      if (end > expected || performance.now() > until) throw new CountersignError('LOG_TRUNCATED', `\`${target.topic}/${target.partition}\` ends at offset ${end} where it has to end at ${expected}`, { hint: 'somebody else writes to this Kafka: begin again with an empty one' });
      await sleep(MARKER_POLL);
    }
  }
}
