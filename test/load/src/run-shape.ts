import { localName, parseCauses, type Envelope } from '@countersign/contracts';
import type { LogRecord } from '@countersign/bus';

/** One record of a run, and the record that is read before it is written. */
export interface Hop {
  /** Topic without its namespace. */
  readonly topic: string;
  /** What it is, for people. */
  readonly type: string;
  /** Key, value and headers. */
  readonly bytes: number;
  /** Place of the record before it in the list; `undefined` for the one that starts the run. */
  readonly after: number | undefined;
}

/** All records of one run, each behind the one it follows from. */
export type RunShape = readonly Hop[];

interface Seen {
  readonly topic: string;
  readonly type: string;
  readonly id: string;
  readonly bytes: number;
  /** Topic and offset of the first cause; a door's partition is in it. */
  readonly cause: string;
  readonly place: string;
}

export const sizeOf = ({ key, value, headers }: Pick<LogRecord, 'key' | 'value' | 'headers'>): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).reduce((sum, [name, header]) => sum + name.length + header.length, 0);

const placeOf = (topic: string, partition: number, offset: number): string => `${topic}/${partition}/${offset}`;

/** Records of the log by run; claims and records of doors belong to none. */
const byRun = (records: readonly LogRecord[], namespace: string): ReadonlyMap<string, Seen[]> => {
  const runs = new Map<string, Seen[]>();
  for (const record of records) {
    const { id, type, run, causes } = JSON.parse(String(record.value)) as Partial<Envelope>;
    if (run === undefined || id === undefined || type === undefined) continue;
    const topic = localName(namespace, record.topic);
    const [first] = parseCauses(causes ?? '') ?? [];
    const seen = {
      topic,
      type,
      id,
      bytes: sizeOf(record),
      cause: first ? placeOf(first.topic, first.partition ?? record.partition, first.offset) : '',
      place: placeOf(topic, record.partition, record.offset),
    };
    if (!runs.get(run)?.push(seen)) runs.set(run, [seen]);
  }
  return runs;
};

/** A service answers what it read with all that it writes: what it writes after its own events counts as read from the same record. */
const readBefore = (seen: Seen, places: ReadonlyMap<string, Seen>): Seen | undefined => {
  const cause = places.get(seen.cause);
  return cause?.topic === seen.topic ? readBefore(cause, places) : cause;
};

const nameOf = ({ topic, type }: Pick<Seen, 'topic' | 'type'>): string => `${topic} ${type}`;

const signatureOf = (run: readonly Seen[]): string => run.map(nameOf).sort().join('\n');

/** The most frequent one, so that a retry in one run does not count. */
const mostFrequent = (runs: readonly Seen[][]): readonly Seen[][] => {
  const kinds = Map.groupBy(runs, signatureOf);
  return [...kinds.values()].sort((one, other) => other.length - one.length)[0] ?? [];
};

/** What a run is made of, measured: `inbox` are the records that started the runs, `log` all that came of them. */
export const runShape = (namespace: string, inbox: readonly LogRecord[], log: readonly LogRecord[]): RunShape => {
  const runs = mostFrequent([...byRun(log, namespace).values()]);
  const [model] = runs;
  if (!model) throw new Error('no run was found in the log');
  const mean = (name: string): number => {
    const sizes = runs.flatMap((run) => run.filter((seen) => nameOf(seen) === name).map(({ bytes }) => bytes));
    return Math.round(sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length);
  };
  const places = new Map(model.map((seen) => [seen.place, seen]));
  const door = localName(namespace, inbox[0]?.topic ?? '');
  const hops: Hop[] = [{ topic: door, type: 'task', bytes: Math.round(inbox.reduce((sum, record) => sum + sizeOf(record), 0) / inbox.length), after: undefined }];
  const numbers = new Map<string, number>();
  const waiting = [...model];
  while (waiting.length > 0) {
    const at = waiting.findIndex((seen) => {
      const before = readBefore(seen, places);
      return before === undefined || numbers.has(before.place);
    });
    const [seen] = waiting.splice(at, 1);
    if (at < 0 || !seen) throw new Error('the causes of a run go in a circle');
    const before = readBefore(seen, places);
    numbers.set(seen.place, hops.length);
    hops.push({ topic: seen.topic, type: seen.type, bytes: mean(nameOf(seen)), after: before === undefined ? 0 : (numbers.get(before.place) ?? 0) });
  }
  return hops;
};
