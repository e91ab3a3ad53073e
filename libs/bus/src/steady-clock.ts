import { millis, type Brand, type Millis } from '@countersign/kernel';

/** Milliseconds on a clock that nobody sets: it only goes on. It means something only within the process. */
export type Elapsed = Brand<number, 'Elapsed'>;

/** Longer ago than anything. */
export const NEVER = -Infinity as Elapsed;

export const later = (one: Elapsed, other: Elapsed): Elapsed => (other > one ? other : one);

/** The time of day is adjusted all the time, by less than this; what is more is a step, or a sleep of the machine. */
const LEAP: Millis = millis(500);

/**
 * How much time has passed. The monotonic clock of a machine stands still while that sleeps, and what was young before would be young
 * after; the time of day knows of the sleep, but people set it. So this goes on with the one, and leaps ahead where the other does:
 * what is taken for older than it is costs a wait, the contrary could cost an effect that nobody was entitled to.
 */
export class SteadyClock {
  private lead: number;
  private leapt = 0;

  constructor(
    private readonly monotonic: () => number,
    private readonly timeOfDay: () => number,
  ) {
    this.lead = timeOfDay() - monotonic();
  }

  elapsed(): Elapsed {
    const at = this.monotonic();
    const leap = this.timeOfDay() - at - this.lead;
    if (Math.abs(leap) >= LEAP) {
      this.lead += leap;
      this.leapt += Math.max(0, leap);
    }
    return (at + this.leapt) as Elapsed;
  }
}
