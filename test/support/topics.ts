import type { KafkaBroker, LogRecord, TopicPartition } from '@countersign/bus';
import type { EventType } from '@countersign/contracts';
import { eventually } from './eventually.ts';

/** An event of the log as anybody can read it: nothing is verified here. */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly tenant?: string;
  readonly workflow?: string;
  readonly run?: string;
  readonly step?: string;
  readonly causes: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Seen {
  readonly record: LogRecord;
  /** Absent where the value is no JSON object. */
  readonly event: SeenEvent | undefined;
}

const seen = (record: LogRecord): Seen => {
  try {
    const value = JSON.parse(String(record.value)) as unknown;
    return { record, event: typeof value === 'object' && value !== null ? (value as SeenEvent) : undefined };
  } catch {
    return { record, event: undefined };
  }
};

/** One topic, all its partitions, from a moment on. */
export class TopicView {
  readonly #seen: Seen[] = [];

  private constructor(
    private readonly broker: KafkaBroker,
    private readonly marks: Map<number, number>,
    private readonly topic: string,
  ) {}

  /** From now on, or from the beginning of the log. */
  static async open(broker: KafkaBroker, topic: string, partitions: number, from: 'now' | 'start' = 'now'): Promise<TopicView> {
    const marks = new Map<number, number>();
    for (let partition = 0; partition < partitions; partition += 1) {
      const { start, end } = await broker.offsets({ topic, partition });
      marks.set(partition, from === 'now' ? end : start);
    }
    return new TopicView(broker, marks, topic);
  }

  /** Everything since the view was opened, in the order of each partition. */
  async all(): Promise<readonly Seen[]> {
    for (const [partition, from] of this.marks) {
      const target: TopicPartition = { topic: this.topic, partition };
      const { end } = await this.broker.offsets(target);
      if (end <= from) continue;
      await this.broker.read(target, from, end, (records) => void this.#seen.push(...records.map(seen)));
      this.marks.set(partition, end);
    }
    return this.#seen;
  }

  async events(type: EventType, where: (event: SeenEvent) => boolean = () => true): Promise<readonly SeenEvent[]> {
    return (await this.all()).flatMap(({ event }) => (event?.type === type && where(event) ? [event] : []));
  }

  /** The first event of a type for which `where` holds, once it is there. */
  until(type: EventType, where: (event: SeenEvent) => boolean = () => true): Promise<SeenEvent> {
    return eventually(`${type} on ${this.topic}`, async () => (await this.events(type, where))[0]);
  }

  untilRecord(what: string, where: (seen: Seen) => boolean): Promise<Seen> {
    return eventually(`${what} on ${this.topic}`, async () => (await this.all()).find(where));
  }
}
