import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { CountersignError, millis, minutes } from '@countersign/kernel';
import { takeLock } from '@countersign/stack';

const POLL = millis(100);
/** One that starts a stack has its data to make. */
const LONGEST_TURN = minutes(5);

/** Does work of which one process of a data folder does one at a time: an agent starts all its servers at once. Throws `TIMED_OUT`, and what the work throws. */
export const inTurn = async <Result>(dataDir: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> => {
  const end = performance.now() + LONGEST_TURN;
  let lock = takeLock(join(dataDir, 'mcp.lock'));
  while (!lock.held) {
    if (performance.now() >= end) throw new CountersignError('TIMED_OUT', `process ${lock.holder.pid} has been setting a server up for too long`, { retry: 'later' });
    await sleep(POLL, undefined, { signal });
    lock = takeLock(join(dataDir, 'mcp.lock'));
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
};
