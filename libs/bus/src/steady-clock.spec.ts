import { beforeEach, describe, expect, it } from 'vitest';
import { SteadyClock } from './steady-clock.js';

describe('a steady clock', () => {
  const machine = { monotonic: 0, timeOfDay: 0 };
  let clock: SteadyClock;
  /** Time passes, and the time of day is set by something on top. */
  const pass = (ms: number, set = 0): number => {
    machine.monotonic += ms;
    machine.timeOfDay += ms + set;
    return clock.elapsed();
  };

  beforeEach(() => {
    Object.assign(machine, { monotonic: 1_000, timeOfDay: 1_700_000_000_000 });
    clock = new SteadyClock(
      () => machine.monotonic,
      () => machine.timeOfDay,
    );
  });

  it('goes on as time passes, in fractions of a millisecond', () => {
    expect([pass(0), pass(0.25), pass(10)]).toEqual([1_000, 1_000.25, 1_010.25]);
  });

  it('does not go back, nor stand still, where the time of day is set back', () => {
    expect([pass(100, -3_600_000), pass(100)]).toEqual([1_100, 1_200]);
  });

  it('knows of the time that the machine slept, also on a day that was set back', () => {
    pass(100, -3_600_000);
    // Only the time of day has gone on.
    machine.timeOfDay += 30_000;
    expect([pass(0), pass(100)]).toEqual([31_100, 31_200]);
  });

  it('does not run away with a time of day that is adjusted by little', () => {
    for (let nth = 0; nth < 1_000; nth += 1) pass(0.5, nth % 2 === 0 ? 20 : -20);
    expect(clock.elapsed()).toBe(1_500);
  });
});
