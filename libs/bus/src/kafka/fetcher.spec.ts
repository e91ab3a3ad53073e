import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { millis } from '@countersign/kernel';
import type { LogRecord } from '../broker.js';
import type { Cluster } from './cluster.js';
import { Fetcher } from './fetcher.js';
import type { FetchedPartition } from './fetch-request.js';
import { encodeBatch } from './produce-request.js';

const TARGET = { topic: 'ns.tasks', partition: 0 };
const WAIT = millis(500);

/** A log of records of a size that answers each fetch with what is new, and holds one that finds nothing. */
const givenLog = (recordBytes: number) => {
  const value = Buffer.alloc(recordBytes, 'x');
  let end = 0;
  let read = 0;
  let waiting: (() => void) | undefined;
  const calls = { fetches: 0 };
  const answer = (): readonly FetchedPartition[] => {
    const records = Array.from({ length: end - read }, () => ({ key: null, value, headers: {} }));
    const batches = encodeBatch(records, { producerId: 1n, producerEpoch: 0 }, 0, 0);
    batches.writeBigInt64BE(BigInt(read), 0);
    read = end;
    return [{ ...TARGET, errorCode: 0, end, written: end, aborted: [], batches }];
  };
  const exchange = async (): Promise<readonly FetchedPartition[]> => {
    calls.fetches += 1;
    if (read === end) await new Promise<void>((resolve) => (waiting = resolve));
    return answer();
  };
  const write = (count: number): void => {
    end += count;
    waiting?.();
    waiting = undefined;
  };
  const cluster = { knownLeader: () => 1, connections: { exchange, log: () => undefined } } as unknown as Cluster;
  return { cluster, calls, write };
};

const sinkOf = (records: LogRecord[]) => ({ onRecords: (found: readonly LogRecord[]) => void records.push(...found), onFault: () => undefined });

describe('a reader that nobody waits for', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('gets what was written meanwhile in one answer', async () => {
    const { cluster, calls, write } = givenLog(10);
    const records: LogRecord[] = [];
    new Fetcher(cluster, 'fetch', WAIT, millis(50)).add(TARGET, sinkOf(records), 0);
    await vi.advanceTimersByTimeAsync(0);
    for (let nth = 0; nth < 5; nth += 1) {
      write(1);
      await vi.advanceTimersByTimeAsync(9);
    }
    expect(records.length).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(records.length).toBe(5);
    expect(calls.fetches).toBe(2);
  });

  it('reads without a pause what lies in the log already', async () => {
    const { cluster, calls, write } = givenLog(200 * 1024);
    const records: LogRecord[] = [];
    write(2);
    new Fetcher(cluster, 'fetch', WAIT, millis(50)).add(TARGET, sinkOf(records), 0);
    await vi.advanceTimersByTimeAsync(0);
    write(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(records.length).toBe(4);
    expect(calls.fetches).toBe(3);
  });

  it('asks again at once where it was not told to wait', async () => {
    const { cluster, calls, write } = givenLog(10);
    const records: LogRecord[] = [];
    new Fetcher(cluster, 'fetch', WAIT).add(TARGET, sinkOf(records), 0);
    await vi.advanceTimersByTimeAsync(0);
    write(1);
    await vi.advanceTimersByTimeAsync(0);
    write(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(records.length).toBe(2);
    expect(calls.fetches).toBe(3);
  });
});
