import { KAFKA_ADMIN } from '@countersign/stack';
import type { KafkaBroker } from '@countersign/bus';
import { readGroupMetadata, type GroupMetadata } from './group-metadata.ts';
import type { ChaosStack } from './stack.ts';
import { cannotFollow } from '../support/cannot-follow.ts';

const OFFSETS_TOPIC = '__consumer_offsets';
/** As the local stack makes it. */
const OFFSETS_PARTITIONS = 4;

type Listener = (group: GroupMetadata) => void;

/** Tells of each new generation of each group, as soon as the broker knows of it. */
export class GroupWatch {
  readonly #broker: KafkaBroker;
  readonly #listeners = new Set<Listener>();
  readonly #newest = new Map<string, GroupMetadata>();
  #closers: (() => Promise<void>)[] = [];

  constructor(stack: ChaosStack) {
    this.#broker = stack.kafka(KAFKA_ADMIN);
  }

  async start(): Promise<void> {
    for (let partition = 0; partition < OFFSETS_PARTITIONS; partition += 1) {
      const target = { topic: OFFSETS_TOPIC, partition };
      const { start } = await this.#broker.offsets(target);
      const followed = await this.#broker.follow(target, start, {
        onRecords: (records) => {
          for (const { key, value } of records) {
            const group = readGroupMetadata(key, value);
            if (group) this.#tell(group);
          }
        },
        onEnd: () => undefined,
        onFault: cannotFollow,
      });
      this.#closers.push(() => followed.close());
    }
  }

  /** Of the newest generation; nothing before the first one was seen. */
  clientsOf(group: string): readonly string[] {
    return this.#newest.get(group)?.clients ?? [];
  }

  /** Stops listening when called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
    await this.#broker.close();
  }

  #tell(group: GroupMetadata): void {
    this.#newest.set(group.group, group);
    for (const listener of this.#listeners) listener(group);
  }
}
