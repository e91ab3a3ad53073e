import type { Broker, LogRecord } from '@countersign/bus/client';
import type { Mark } from '../log/places.js';
import { firstOffset, type From } from './from.js';

/** What lay in a partition when it was looked at, from where it was asked for; `offset` is where the news begins. */
export interface Backlog extends Mark {
  readonly records: readonly LogRecord[];
  /** Nothing that was ever written lies before it. */
  readonly isWhole: boolean;
}

/** Reads a partition from a place up to its end, and no more of it. */
export const readBacklog = async (broker: Broker, target: Mark['target'], from: From): Promise<Backlog> => {
  const ends = await broker.offsets(target);
  const first = 'since' in from ? await broker.offsetAt(target, from.since) : firstOffset(from, ends);
  const records: LogRecord[] = [];
  await broker.read(target, first, ends.end, (batch) => void records.push(...batch));
  return { target, offset: ends.end, records, isWhole: first === 0 };
};
