import type { EventType } from '@countersign/contracts';
import { CountersignError } from '@countersign/kernel';
import { admissionOf, Door } from './admission.js';
import type { Broker, Committed, Membership, TopicPartition } from './broker.js';
import type { BusLog } from './bus-log.js';
import { Inputs, type ControlsView } from './inputs.js';
import { NO_CONTEXT, parseReader, WHOLE_LOG, type ReaderState } from './log-reader.js';
import type { BusStats } from './stats.js';
import { TopicQueue, type Mark } from './topic-queue.js';
import type { Wire } from './wire.js';

export interface InputPositions {
  readonly broker: Broker;
  readonly wire: Wire;
  readonly controls: ControlsView;
  readonly stats: BusStats;
  readonly log: BusLog;
  readonly partition: number;
  /** Topics without their namespace. */
  readonly inputs: readonly string[];
  /** See `Step`. */
  readonly handles?: ReadonlySet<EventType> | undefined;
  readonly target: (local: string, partition: number) => TopicPartition;
  /** Where to go on; Kafka names. */
  readonly committed: (targets: readonly TopicPartition[]) => Promise<readonly Committed[]>;
}

const readerOf = (committed: Committed, log: BusLog): ReaderState => {
  if (committed.offset === 0) return WHOLE_LOG;
  try {
    return parseReader(committed.metadata);
  } catch (fault) {
    if (!(fault instanceof CountersignError)) throw fault;
    log.warn('a commit says nothing of the epoch', { topic: committed.topic, partition: committed.partition, offset: committed.offset });
    return NO_CONTEXT;
  }
};

const redrivenOf = (metadata: string): number => {
  const match = /"r":(\d{1,15})\}$/.exec(metadata);
  return match ? Number(match[1]) : -1;
};

const startMark = (committed: Committed | undefined, start: number, { stats, log }: InputPositions): Mark => {
  if (!committed) return { offset: start, reader: start === 0 ? WHOLE_LOG : NO_CONTEXT, redriven: -1 };
  const { topic, partition, offset, metadata } = committed;
  if (offset >= start) return { offset, reader: readerOf(committed, log), redriven: redrivenOf(metadata) };
  stats.truncated += 1;
  log.error('events are gone before they were read', { topic, partition, committed: offset, start });
  return { offset: start, reader: NO_CONTEXT, redriven: redrivenOf(metadata) };
};

/** Queues for the inputs of a partition, each where its group left off, with fetching under way. */
export const openInputs = async (positions: InputPositions, membership: Membership): Promise<Inputs> => {
  const { broker, wire, controls, stats, partition, inputs, target, handles } = positions;
  const targets = inputs.map((local) => ({ local, target: target(local, partition) }));
  const [committed, starts] = await Promise.all([
    positions.committed(targets.map((found) => found.target)),
    Promise.all(targets.map((found) => broker.offsets(found.target))),
  ]);
  const tap = { pause: (paused: TopicPartition) => membership.pause([paused]), resume: (resumed: TopicPartition) => membership.resume([resumed]) };
  const queues = targets.map(({ local, target: { topic } }, at) => {
    const mark = startMark(committed.find((found) => found.topic === topic && found.partition === partition), starts[at]?.start ?? 0, positions);
    return new TopicQueue(local, { topic, partition }, new Door(local, admissionOf(local), wire, stats, handles), tap, mark);
  });
  return new Inputs(partition, queues, controls);
};

/** Lets the broker fetch from where the queues begin. */
export const startFetching = (inputs: Inputs, membership: Membership): void => {
  for (const queue of inputs.all()) {
    membership.seek(queue.target, queue.nextToPush);
    queue.open();
  }
};
