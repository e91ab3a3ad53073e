import { millis, type Millis } from '@countersign/kernel';
import { systemTimers, type Timers } from '../timers.js';

/** Time of a world in memory: that of the machine, or its own (`VirtualTime`). */
export interface Conductor extends Timers {
  /** How long a message between a process and the cluster takes. */
  latency(): Millis;
}

const NO_LATENCY = millis(0);

/** Runs freely, at the machine's own pace, for tests of services. */
export const freeRunning: Conductor = {
  now: () => systemTimers.now(),
  elapsed: () => systemTimers.elapsed(),
  after: (delay, run) => {
    if (delay > 0) return systemTimers.after(delay, run);
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  },
  latency: () => NO_LATENCY,
};
