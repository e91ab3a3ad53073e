import { parseCauses, TOPICS } from '@countersign/contracts';
import type { EventRow } from './tables.js';

const at = (topic: string, partition: number, offset: number): string => `${topic}/${partition}/${offset}`;

/** Topics are in the order of the flow, so that of two events of one millisecond the earlier step comes first. */
const rank = ({ topic }: EventRow): number => TOPICS.findIndex((name) => name === topic.split('.')[0]);

const isBefore = (a: EventRow, b: EventRow): boolean => {
  if (a.recorded_at !== b.recorded_at) return a.recorded_at < b.recorded_at;
  if (rank(a) !== rank(b)) return rank(a) < rank(b);
  return a.partition === b.partition ? a.offset < b.offset : a.partition < b.partition;
};

/** Places of the events that must come before this one: its causes, and what its topic partition holds before it. */
const beforehand = (row: EventRow, previous: EventRow | undefined): readonly string[] => [
  ...(parseCauses(row.causes ?? '') ?? []).map(({ topic, partition, offset }) => at(topic, partition ?? row.partition, offset)),
  ...(previous ? [at(previous.topic, previous.partition, previous.offset)] : []),
];

/** Events with causes before effects, and otherwise by Kafka's time: clocks of two brokers need not agree, causes do. */
export const causalOrder = (rows: readonly EventRow[]): readonly EventRow[] => {
  const waiting = new Map(rows.map((row) => [at(row.topic, row.partition, row.offset), row]));
  const newest = new Map<string, EventRow>();
  const needs = new Map<EventRow, readonly string[]>();
  for (const row of [...rows].sort((a, b) => a.offset - b.offset)) {
    const log = `${row.topic}/${row.partition}`;
    needs.set(row, beforehand(row, newest.get(log)));
    newest.set(log, row);
  }
  const ordered: EventRow[] = [];
  while (waiting.size > 0) {
    const rest = [...waiting.values()];
    const free = rest.filter((row) => !(needs.get(row) ?? []).some((place) => waiting.has(place)));
    // A circle cannot be signed into the log, and must not hang whoever looks at it.
    const candidates = free.length > 0 ? free : rest;
    const [first] = candidates;
    if (first === undefined) break;
    const next = candidates.reduce((best, row) => (isBefore(row, best) ? row : best), first);
    waiting.delete(at(next.topic, next.partition, next.offset));
    ordered.push(next);
  }
  return ordered;
};
