import type { ControlsFold, LogRecord, Received, SignedControl } from '@countersign/bus';
import { HEADERS, parseCauses, rereadEvent, type Cause, type Event, type EventType, type Topic } from '@countersign/contracts';
import type { ControlState } from '@countersign/domain';
import { parseTimestamp, sha256, type Instant, type KeyId, type RunId } from '@countersign/kernel';

/** Topics of which a tape is made: what services decide from, and what they decided. */
export const TAPED = ['tasks', 'ballots', 'proposals', 'decisions', 'approvals', 'executions'] as const satisfies readonly Topic[];
export type TapedTopic = (typeof TAPED)[number];

/** An event of the tape, at its place in the log. */
export interface Taped {
  readonly topic: TapedTopic;
  readonly id: string;
  readonly type: EventType;
  readonly run: RunId | undefined;
  /** Newest control that its writer had read; -1 for none. */
  readonly controlEpoch: number;
  /** The key that signed it; absent where a person did. */
  readonly signedWith: KeyId | undefined;
  /** Read from its bytes when it is asked for: take what stands beside it where that is enough. */
  readonly event: Event;
  /** Of its headers only what people sign with is kept. */
  readonly record: LogRecord;
  /** As an own event names it: without its partition. Made of its bytes, as `event` is. */
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

/**
 * Events that are kept as they were read. An event takes five times the memory of its bytes, a tape has hundreds of thousands, and what is
 * asked for is mostly one of those that were asked for just now.
 */
const MOST_READ = 64;

class Recent {
  private readonly items: TapedBytes[] = [];
  private next = 0;

  /** Takes the place of the oldest, which is given. */
  add(item: TapedBytes): TapedBytes | undefined {
    const oldest = this.items[this.next];
    this.items[this.next] = item;
    this.next = (this.next + 1) % MOST_READ;
    return oldest;
  }
}

const recent = new Recent();

class TapedBytes implements Taped {
  readonly type: EventType;
  readonly run: RunId | undefined;
  readonly controlEpoch: number;
  readonly signedWith: KeyId | undefined;
  readonly record: LogRecord;
  readonly id: string;
  readonly at: Instant;
  private kept: Event | undefined;

  constructor(readonly topic: TapedTopic, event: Event, { headers, ...record }: LogRecord) {
    const { [HEADERS.personSignature]: signedByPerson, [HEADERS.signature]: signature } = headers;
    this.type = event.type;
    this.run = event.run;
    this.controlEpoch = event.controlepoch ?? -1;
    this.signedWith = signature?.toString().split('.')[1] as KeyId | undefined;
    this.record = { ...record, headers: signedByPerson ? { [HEADERS.personSignature]: signedByPerson } : NO_HEADERS };
    this.id = event.id;
    this.at = parseTimestamp(event.time) ?? (record.timestamp as Instant);
  }

  get event(): Event {
    if (this.kept) return this.kept;
    const oldest = recent.add(this);
    if (oldest) oldest.kept = undefined;
    return (this.kept = rereadEvent(this.record.value ?? NOTHING));
  }

  get cause(): Cause {
    const { id, topic, record } = this;
    return { id, topic, offset: record.offset, sha256: sha256(record.value ?? NOTHING) };
  }

  get causes(): readonly Cause[] {
    return parseCauses(this.event.causes) ?? [];
  }
}

const NO_HEADERS = {};

/** `event`: what `decodeEvent` makes of the value of the record. */
export const taped = (topic: TapedTopic, event: Event, record: LogRecord): Taped => new TapedBytes(topic, event, record);

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

/** The event of a topic at an offset. */
export const atOffset = (events: readonly Taped[], offset: number): Taped | undefined => {
  const found = events[countBefore(events, ({ record }) => record.offset < offset)];
  return found?.record.offset === offset ? found : undefined;
};

/** How many come first: `isBefore` holds for those, and for none behind them. */
const countBefore = <Item>(items: readonly Item[], isBefore: (item: Item) => boolean): number => {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item && isBefore(item)) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** As a handler gets it. */
export const receivedOf = ({ event, topic, record, cause }: Taped): Received => ({ event, topic, partition: record.partition, offset: record.offset, sha256: cause.sha256 as Received['sha256'], key: record.key?.toString() ?? '', record });

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

  /** When Kafka stamped each that counts, oldest first. */
  get times(): readonly number[] {
    return this.#points.map(({ timestamp }) => timestamp);
  }

  get newest(): ControlState {
    return this.#points.at(-1)?.state ?? this.#initial;
  }

  /** The last of those that come first. */
  #last(isBefore: (point: Point) => boolean): Point | undefined {
    return this.#points[countBefore(this.#points, isBefore) - 1];
  }
}
