import { millis, type Instant } from '@countersign/kernel';
import type { Timers } from '../timers.js';
import type { Conductor } from './conductor.js';

const AT_ONCE = millis(0);

/**
 * A process as the cluster sees it: whatever reaches it (answers, records, its own timers) passes through here. Frozen, it gets
 * everything later, in order; killed, nothing any more. What it sent before is on its way all the same.
 */
export class MemoryProcess {
  readonly timers: Timers;
  private state: 'running' | 'frozen' | 'dead' = 'running';
  private held: (() => void)[] = [];
  private step = 0;

  constructor(
    readonly name: string,
    readonly conductor: Conductor,
  ) {
    this.timers = {
      now: () => (conductor.now() + this.step) as Instant,
      elapsed: () => conductor.elapsed(),
      after: (delay, run) => {
        let off = false;
        const cancel = conductor.after(delay, () => this.reach(() => void (off || run())));
        return () => {
          off = true;
          cancel();
        };
      },
    };
  }

  get isRunning(): boolean {
    return this.state === 'running';
  }

  get isDead(): boolean {
    return this.state === 'dead';
  }

  /** Runs something in the process, as soon as it can. */
  reach(run: () => void): void {
    if (this.state === 'running') run();
    else if (this.state === 'frozen') this.held.push(run);
  }

  /** Sets the time of day of the process's machine forth, or back by less than nothing. */
  stepClock(by: number): void {
    this.step += by;
  }

  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    for (const run of this.held.splice(0)) this.conductor.after(AT_ONCE, () => this.reach(run));
  }

  kill(): void {
    this.state = 'dead';
    this.held = [];
  }
}
