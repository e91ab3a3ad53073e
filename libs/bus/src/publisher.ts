import { partitionOf, type Cause, type Service } from '@countersign/contracts';
import type { Broker } from './broker.js';
import { compose, sizeOf, type Composed } from './compose.js';
import { FULL_BATCH_BYTES, MAX_BATCH_EVENTS } from './owner-context.js';
import type { BusStats } from './stats.js';
import type { Outgoing } from './step.js';
import type { Timers } from './timers.js';
import type { Wire } from './wire.js';

/** Events for a topic without claims. */
export interface Publication {
  /** Topic without its namespace: `tasks`, `outcomes.acme`. */
  readonly topic: string;
  /** What is handled: the first cause, and part of the ids. Without one, the subjects have to be unique. */
  readonly trigger?: Cause | undefined;
  readonly outgoing: readonly Outgoing[];
  readonly traceparent?: string | undefined;
}

export interface PublisherOptions {
  readonly broker: Broker;
  readonly wire: Wire;
  readonly namespace: string;
  readonly service: Service;
  readonly partitions: number;
  readonly timers: Timers;
  readonly stats: BusStats;
  /** What is in force by now; what was published was decided no later. */
  readonly controls: { readonly epoch: number };
}

/** Writes signed events to topics that nobody owns: at least once, with the same ids each time. */
export class Publisher {
  constructor(private readonly options: PublisherOptions) {}

  /** Resolves when all are in the log. What fails may be there in part: publishing it again makes the same ids. */
  async publish(publications: readonly Publication[]): Promise<void> {
    const { wire, service, timers, partitions, controls } = this.options;
    const stamp = { wire, service, now: timers.now(), controlEpoch: controls.epoch };
    const byTarget = new Map<string, { readonly topic: string; readonly partition: number; readonly events: Composed[] }>();
    for (const { topic, ...unit } of publications) {
      for (const composed of compose({ trigger: undefined, ...unit }, stamp)) {
        const partition = partitionOf(composed.key ?? '', partitions);
        const name = `${topic}/${partition}`;
        const target = byTarget.get(name) ?? { topic, partition, events: [] };
        byTarget.set(name, target);
        target.events.push(composed);
      }
    }
    await Promise.all([...byTarget.values()].map(({ topic, partition, events }) => this.append(topic, partition, events)));
  }

  private async append(local: string, partition: number, events: readonly Composed[]): Promise<void> {
    const { broker, wire, namespace, stats } = this.options;
    const target = { topic: `${namespace}.${local}`, partition };
    for (const batch of batchesOf(events)) {
      await broker.append(target, wire.seal({ ...target, epoch: '-', firstSeq: 0 }, batch));
      stats.appends += 1;
      stats.written += batch.length;
    }
  }
}

const batchesOf = (events: readonly Composed[]): Composed[][] => {
  const batches: Composed[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const size = sizeOf(event);
    const last = batches.at(-1);
    if (last && bytes + size <= FULL_BATCH_BYTES && last.length < MAX_BATCH_EVENTS) {
      last.push(event);
      bytes += size;
    } else {
      batches.push([event]);
      bytes = size;
    }
  }
  return batches;
};
