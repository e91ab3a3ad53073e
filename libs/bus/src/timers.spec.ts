import { describe, expect, it } from 'vitest';
import { seconds, type Instant } from '@countersign/kernel';
import { VirtualTime } from './memory/virtual-time.js';
import { Alarm, systemTimers } from './timers.js';

describe('an alarm', () => {
  it('rings once, at the time that was last set', async () => {
    const time = new VirtualTime(1);
    const rang: number[] = [];
    const start = time.now();
    const alarm = new Alarm(time, () => rang.push(time.now() - start));
    alarm.set((start + 5_000) as Instant);
    alarm.set((start + 2_000) as Instant);
    await time.run(seconds(10));
    expect(rang).toEqual([2_000]);
  });

  it('can be set again where it rings, and called off', async () => {
    const time = new VirtualTime(1);
    let rang = 0;
    const alarm: Alarm = new Alarm(time, () => {
      rang += 1;
      alarm.set((time.now() + 1_000) as Instant);
    });
    alarm.set(time.now());
    await time.run(seconds(3));
    expect(rang).toBe(4);
    alarm.set(undefined);
    await time.run(seconds(3));
    expect(rang).toBe(4);
  });

  it('rings at the earlier of two times that were asked for', async () => {
    const time = new VirtualTime(1);
    const rang: number[] = [];
    const start = time.now();
    const alarm = new Alarm(time, () => rang.push(time.now() - start));
    alarm.notAfter((start + 2_000) as Instant);
    alarm.notAfter((start + 5_000) as Instant);
    await time.run(seconds(10));
    expect(rang).toEqual([2_000]);
  });
});

describe('the timers of the machine', () => {
  it('do not fire early for a time that a timer cannot hold', async () => {
    let fired = false;
    const off = systemTimers.after(seconds(86_400 * 365), () => (fired = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    off();
    expect(fired).toBe(false);
  });
});
