import type { Event } from '@countersign/contracts';
import { sealOf, sealsIn, type Json, type RunId } from '@countersign/kernel';
import type { RunBundle } from './bundle.js';
import type { PartitionTape } from './tape.js';

/** What was sealed of a run with a key that is destroyed: it is replayed as it was, and nobody can read it. */
export interface Missing {
  readonly run: RunId;
  readonly key: string;
  /** RFC 3339, by the event that says so. */
  readonly destroyed: string;
  /** Different values. */
  readonly values: number;
}

/** In the value of a record, before it is read. */
const SEALED = Buffer.from('sealed:');

const destroyedKeys = (tapes: readonly PartitionTape[]): ReadonlyMap<string, string> => {
  const told = tapes.flatMap(({ topics }) => topics.executions).filter(({ type }) => type === 'countersign.key.shredded' || type === 'countersign.retention.applied');
  return new Map(told.flatMap(({ event }) => (event as Event<'countersign.key.shredded' | 'countersign.retention.applied'>).data.keys.map((key) => [key, event.time] as const)));
};

/** What of the runs nobody can read any more, as the tape tells of it. */
export const missingIn = (tapes: readonly PartitionTape[], bundles: readonly RunBundle[]): readonly Missing[] => {
  const destroyed = destroyedKeys(tapes);
  if (destroyed.size === 0) return [];
  return bundles.flatMap(({ run, events }) => {
    const sealed = new Set(events.flatMap((each) => (each.record.value?.includes(SEALED) ? sealsIn(each.event.data as unknown as Json) : [])));
    const byKey = Map.groupBy(sealed, (value) => sealOf(value)?.kid ?? '');
    return [...byKey].flatMap(([key, values]): readonly Missing[] => {
      const at = destroyed.get(key);
      return at === undefined ? [] : [{ run, key, destroyed: at, values: values.length }];
    });
  });
};
