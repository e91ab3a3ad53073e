import { CountersignError, millis, type Millis } from '@countersign/kernel';
import type { Timers } from './timers.js';

/** A broker that restarts is back within seconds; the first try again comes soon, the later ones do not press it. */
const FIRST_PAUSE = millis(100);
const LONGEST_PAUSE = millis(5_000);

/** Resolves after `delay`, or at once when the signal is aborted. */
export const sleep = (timers: Timers, delay: Millis, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      off();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const off = timers.after(delay, end);
    signal?.addEventListener('abort', end);
  });

/** Pauses between tries, each twice as long as the last. */
export class Backoff {
  private next = FIRST_PAUSE;

  constructor(
    private readonly timers: Timers,
    private readonly signal: AbortSignal,
  ) {}

  async pause(): Promise<void> {
    const delay = this.next;
    this.next = millis(Math.min(delay * 2, LONGEST_PAUSE));
    await sleep(this.timers, delay, this.signal);
  }

  reset(): void {
    this.next = FIRST_PAUSE;
  }
}

/** Tries until it succeeds; throws `OWNERSHIP_LOST` once the signal is aborted. */
export const untilDone = async <Result>(timers: Timers, signal: AbortSignal, act: () => Promise<Result>, onFault: (fault: unknown) => void): Promise<Result> => {
  const backoff = new Backoff(timers, signal);
  for (;;) {
    if (signal.aborted) throw new CountersignError('OWNERSHIP_LOST', 'the partition was given up meanwhile');
    try {
      return await act();
    } catch (fault) {
      onFault(fault);
      await backoff.pause();
    }
  }
};
