import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '@countersign/kernel';
import { DeadlineQueue } from './deadline-queue.js';

describe('a queue of deadlines', () => {
  it('knows the earliest that is open and gives what is due in order', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(50), over: fc.boolean() }), { maxLength: 200 }), fc.nat(50), (deadlines, now) => {
        const open = new Map<string, number>();
        const queue = new DeadlineQueue((key, at) => open.get(key) === at);
        for (const [index, { at, over }] of deadlines.entries()) {
          open.set(String(index), at);
          queue.push(String(index), at as Instant, open.size);
          if (over) open.delete(String(index));
        }
        const inOrder = [...open].toSorted(([a, one], [b, other]) => one - other || (a < b ? -1 : 1));
        expect(queue.due(now as Instant)).toEqual(inOrder.filter(([, at]) => at <= now).map(([key]) => key));
        expect(queue.next()).toBe(inOrder[0]?.[1]);
      }),
    );
  });

  it('forgets what is over: its size follows what is open', () => {
    const open = new Map<string, number>();
    let asked = 0;
    const queue = new DeadlineQueue((key, at) => {
      asked += 1;
      return open.get(key) === at;
    });
    for (let index = 0; index < 100_000; index += 1) {
      open.clear();
      open.set(String(index), index);
      queue.push(String(index), index as Instant, 1);
    }
    asked = 0;
    expect(queue.next()).toBe(99_999);
    expect(asked).toBeLessThan(2_000);
  });
});
