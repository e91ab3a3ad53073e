import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '@countersign/kernel';
import type { LogRecord } from '../broker.js';
import { NEVER } from '../steady-clock.js';
import { PATIENCE } from './cluster.js';
import { newFlow, type Sink } from './flow.js';
import { readRange } from './read-range.js';

const TARGET = { topic: 'ns.decisions', partition: 0 };
const record = (offset: number): LogRecord => ({ ...TARGET, offset, timestamp: 0, key: null, value: null, headers: {} });

/** Reads from 0 up to 4; what a fetch finds is up to the test. */
const given = () => {
  const read: number[] = [];
  const outcome: string[] = [];
  const sinks: Sink[] = [];
  const fetcher = { add: (...[target, sink, position]: readonly [typeof TARGET, Sink, number | undefined]) => (sinks.push(sink), newFlow(target, sink, position)), remove: () => undefined };
  readRange(fetcher, TARGET, 0, 4, (records) => void read.push(...records.map(({ offset }) => offset))).then(
    () => outcome.push('done'),
    (fault: unknown) => outcome.push(codeOf(fault)),
  );
  /** Time passes in which each fetch finds this end of what is committed, and of what is written. */
  const wait = async (ms: number, end: number, written: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      sinks[0]?.onEnd?.(end, NEVER, written);
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  return { read, outcome, wait, take: (...records: readonly LogRecord[]) => sinks[0]?.onRecords(records, { from: 0, next: 0 }) };
};

describe('a read up to an offset', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits for a while for an end that it was told of, and then takes the log for another one', async () => {
    const { outcome, wait } = given();
    await wait(PATIENCE, 2, 2);
    expect(outcome).toEqual([]);
    await wait(3_000, 2, 2);
    expect(outcome).toEqual(['LOG_TRUNCATED']);
  });

  it('waits for as long as an open transaction of somebody holds the end back: the log is all there', async () => {
    const { read, outcome, wait, take } = given();
    await wait(PATIENCE * 10, 1, 4);
    expect(outcome).toEqual([]);
    await take(record(0), record(3));
    await vi.advanceTimersByTimeAsync(0);
    expect(outcome).toEqual(['done']);
    expect(read).toEqual([0, 3]);
  });
});
