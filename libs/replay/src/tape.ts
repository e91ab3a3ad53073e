import type { ControlsFold, LogRecord, Received, SignedControl } from '@countersign/bus';
import { HEADERS, parseCauses, type Cause, type Event, type Topic } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { parseTimestamp, sha256, type Instant, type KeyId, type RunId } from '@countersign/kernel';

/** Topics of which a tape is made: what services decide from, and what they decided. */
export const TAPED = ['tasks', 'ballots', 'proposals', 'decisions', 'approvals', 'executions'] as const satisfies readonly Topic[];
export type TapedTopic = (typeof TAPED)[number];

/** An event of the tape, at its place in the log. */
export interface Taped {
  readonly topic: TapedTopic;
  readonly event: Event;
  readonly record: LogRecord;
  /** As an own event names it: without its partition. */
  readonly cause: Cause;
  /** What it rests on, the input it was made for first. */
  readonly causes: readonly Cause[];
  /** When its writer decided. */
  readonly at: Instant;
}

/** All that one partition of the log holds, as services read it. */
export interface PartitionTape {
  readonly partition: number;
  /** Of each topic, in the order of the log. */
  readonly topics: Readonly<Record<TapedTopic, readonly Taped[]>>;
}

const NOTHING = Buffer.alloc(0);

export const taped = (topic: TapedTopic, event: Event, record: LogRecord): Taped => ({
  topic,
  event,
  record,
  cause: { id: event.id, topic, offset: record.offset, sha256: sha256(record.value ?? NOTHING) },
  causes: parseCauses(event.causes) ?? [],
  at: parseTimestamp(event.time) ?? (record.timestamp as Instant),
});

/** Events in any order, by the partition and topic that they lie in. Those of one topic have to come in the order of the log. */
export const partitionTapes = (events: Iterable<Taped>): readonly PartitionTape[] => {
  const found = new Map<number, Record<TapedTopic, Taped[]>>();
  for (const each of events) {
    const topics = found.get(each.record.partition) ?? { tasks: [], ballots: [], proposals: [], decisions: [], approvals: [], executions: [] };
    found.set(each.record.partition, topics);
    topics[each.topic].push(each);
  }
  return [...found].map(([partition, topics]) => ({ partition, topics })).toSorted((one, other) => one.partition - other.partition);
};

/** As a handler gets it. */
export const receivedOf = ({ event, topic, record, cause }: Taped): Received => ({ event, topic, partition: record.partition, offset: record.offset, sha256: cause.sha256 as Received['sha256'], key: record.key?.toString() ?? '', record });

/** The key that signed it, by its header; absent where a person did. */
export const signedWith = ({ record }: Taped): KeyId | undefined => record.headers[HEADERS.signature]?.toString().split('.')[1] as KeyId | undefined;

export const runOf = ({ event }: Taped): RunId | undefined => event.run;

interface Point {
  readonly offset: number;
  readonly timestamp: number;
  readonly state: ControlState;
}

/** What people had put in force, at any time. */
export class ControlTimeline {
  readonly #points: Point[] = [];
  readonly #initial: ControlState;

  /** `records`: all of `controls`, in their order. What `verify` throws at counts for nobody. */
  constructor(records: readonly LogRecord[], fold: ControlsFold<ControlState>, verify: (record: LogRecord) => SignedControl) {
    this.#initial = fold.initial();
    let state = this.#initial;
    for (const record of records) {
      try {
        state = fold.evolve(state, verify(record), record);
      } catch {
        continue;
      }
      this.#points.push({ offset: record.offset, timestamp: record.timestamp, state });
    }
  }

  /** With everything up to this offset of `controls`; nothing for -1. */
  at(offset: number): ControlState {
    return this.#last((point) => point.offset <= offset)?.state ?? this.#initial;
  }

  /** With everything that Kafka had stamped by this time. */
  atTime(time: Instant): { readonly epoch: number; readonly state: ControlState } {
    const point = this.#last(({ timestamp }) => timestamp <= time);
    return { epoch: point?.offset ?? -1, state: point?.state ?? this.#initial };
  }

  get newest(): ControlState {
    return this.#points.at(-1)?.state ?? this.#initial;
  }

  /** The last of those that come first. */
  #last(isBefore: (point: Point) => boolean): Point | undefined {
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const point = this.#points[middle];
      if (point && isBefore(point)) low = middle + 1;
      else high = middle;
    }
    return this.#points[low - 1];
  }
}
