import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, minutes, runIdOf, type Instant, type RunId } from '@countersign/kernel';
import { NOW } from '@countersign/testing/given';
import { TASK_MEMORY } from './constants.js';
import { TaskMemory } from './task-memory.js';

const runOf = (nth: number): RunId => runIdOf('acme', 'refund-desk', '/helpdesk', `ticket-${nth}`);
const later = (milliseconds: number): Instant => (NOW + milliseconds) as Instant;
const holding = (entries: readonly (readonly [number, number])[]): TaskMemory => {
  const memory = new TaskMemory();
  for (const [nth, after] of entries) memory.add(runOf(nth), later(after));
  return memory;
};

describe('the memory of tasks', () => {
  it('knows a task for as long as it has to, and an hour longer at most', () => {
    for (const start of [0, minutes(17), minutes(59), hours(3)]) {
      const memory = holding([[1, start]]);
      expect(memory.has(runOf(1), later(start))).toBe(true);
      expect(memory.has(runOf(1), later(start + TASK_MEMORY - 1))).toBe(true);
      expect(memory.has(runOf(1), later(start + TASK_MEMORY + hours(1)))).toBe(false);
      expect(memory.has(runOf(2), later(start))).toBe(false);
    }
  });

  it('knows what was added and nothing else, in whatever order it came, and over a snapshot', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.nat(5_000), fc.nat(hours(20))), { selector: ([nth]) => nth, maxLength: 400 });
    fc.assert(
      fc.property(entries, fc.infiniteStream(fc.nat()), (given, order) => {
        const memory = holding(given);
        const turned = holding(given.map((entry) => [order.next().value as number, entry] as const).toSorted(([a], [b]) => a - b).map(([, entry]) => entry));
        const thawed = TaskMemory.thaw(JSON.parse(JSON.stringify(memory.freeze())));
        expect(turned.freeze()).toEqual(memory.freeze());
        expect(thawed.freeze()).toEqual(memory.freeze());
        const added = new Set(given.map(([nth]) => nth));
        const asked = [...added, ...Array.from({ length: 200 }, (_, index) => index * 25)];
        for (const each of [memory, turned, thawed]) {
          expect(each.size).toBe(added.size);
          expect(asked.filter((nth) => each.has(runOf(nth), later(hours(20))))).toEqual(asked.filter((nth) => added.has(nth)));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('holds a run once, however often it is added', () => {
    const memory = holding([[1, 0], [1, 0], [1, minutes(1)]]);
    expect(memory.size).toBe(1);
  });

  it('takes some twenty bytes for a run, in memory and in a snapshot', () => {
    const runs = 20_000;
    const memory = holding(Array.from({ length: runs }, (_, nth) => [nth, (nth / runs) * hours(10)] as const));
    memory.add(runOf(runs), later(hours(11)));
    expect(memory.bytes / runs).toBeLessThan(23);
    expect(JSON.stringify(memory.freeze()).length / runs).toBeLessThan(22);
  });

  it('is as large as one day of runs, whatever came before', () => {
    const memory = new TaskMemory();
    const sizes: number[] = [];
    for (let day = 0; day < 5; day += 1) {
      for (let nth = 0; nth < 2_400; nth += 1) memory.add(runOf(day * 2_400 + nth), later(day * hours(24) + nth * 36_000));
      sizes.push(memory.size);
    }
    expect(sizes[4]).toBe(sizes[2]);
    expect(sizes[4]).toBeLessThan(2_800);
  });

  it('knows also a run whose id is all zeros', () => {
    const zeros = `run-${'A'.repeat(22)}` as RunId;
    const memory = new TaskMemory();
    expect(memory.has(zeros, NOW)).toBe(false);
    memory.add(zeros, NOW);
    expect([memory.has(zeros, NOW), TaskMemory.thaw(memory.freeze()).has(zeros, NOW)]).toEqual([true, true]);
  });
});
