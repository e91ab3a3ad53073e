import { CountersignError } from '@countersign/kernel';
import type { LogRecord, TopicPartition } from '../broker.js';
import type { Elapsed } from '../steady-clock.js';
import { PATIENCE } from './cluster.js';
import type { Fetcher } from './fetcher.js';

/** Reads from an offset that is in the log up to and without another one, and waits for what is not there yet. */
export const readRange = async (
  fetcher: Pick<Fetcher, 'add' | 'remove'>,
  target: TopicPartition,
  from: number,
  to: number,
  onRecords: (records: readonly LogRecord[]) => void | Promise<void>,
): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last = performance.now();
  const take = async (records: readonly LogRecord[]): Promise<void> => {
    last = performance.now();
    try {
      const wanted = records.filter(({ offset }) => offset < to);
      if (wanted.length > 0) await onRecords(wanted);
      if (wanted.length < records.length || records.at(-1)?.offset === to - 1) resolve();
    } catch (fault) {
      // It is the caller's, so it is not tried again.
      fetcher.remove(flow);
      reject(fault);
    }
  };
  const onEnd = (end: number, _askedAt: Elapsed, written: number): void => {
    // The last offsets may hold no record (compacted, or a marker): then the end says that nothing more comes.
    if (end >= to) resolve();
    // Somebody has a transaction open; the broker ends it if they do not.
    else if (written >= to) last = performance.now();
    // A new leader may not know at once that what was acked is committed; an end that stays behind is another log.
    else if (performance.now() - last > PATIENCE) reject(new CountersignError('LOG_TRUNCATED', `\`${target.topic}/${target.partition}\` ends at ${end}, before ${to}`));
  };
  const flow = fetcher.add(target, { onRecords: take, onEnd, onFault: reject }, from);
  try {
    await promise;
  } finally {
    fetcher.remove(flow);
  }
};
