import type { Clock, Instant, Millis } from '@countersign/kernel';
import { SteadyClock, type Elapsed } from './steady-clock.js';

/** Time of day, time that has passed, and the one way to wait, so that tests can run a day in a second. */
export interface Timers extends Clock {
  /** For how long ago something was: the time of day may be set meanwhile. */
  elapsed(): Elapsed;
  /** Calls `run` once after `delay`; gives what calls it off. Does not keep the process alive. */
  after(delay: Millis, run: () => void): () => void;
}

/** `setTimeout` fires at once for anything longer; whoever waits longer looks again then. */
const LONGEST = 2 ** 31 - 1;

const steady = new SteadyClock(() => performance.now(), Date.now);

export const systemTimers: Timers = {
  now: () => Date.now() as Instant,
  elapsed: () => steady.elapsed(),
  after: (delay, run) => {
    const timer = setTimeout(run, Math.min(Math.max(delay, 0), LONGEST));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** At most one timer, for the earliest time asked for; none when nothing is asked for. */
export class Alarm {
  private at: Instant | undefined;
  private off: (() => void) | undefined;

  constructor(
    private readonly timers: Timers,
    private readonly ring: () => void,
  ) {}

  /** Rings at `at` and not before; `undefined` calls it off. */
  set(at: Instant | undefined): void {
    if (at === this.at) return;
    this.off?.();
    this.at = at;
    this.off = at === undefined ? undefined : this.timers.after(Math.max(0, at - this.timers.now()) as Millis, () => this.fire(at));
  }

  /** Rings at `at`, or before if it was to ring before. */
  notAfter(at: Instant): void {
    if (this.at === undefined || at < this.at) this.set(at);
  }

  private fire(at: Instant): void {
    this.at = undefined;
    this.off = undefined;
    if (this.timers.now() < at) this.set(at);
    else this.ring();
  }
}
