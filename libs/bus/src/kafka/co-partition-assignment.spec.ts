import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { assignPartitions, type Candidate } from './co-partition-assignment.js';

const candidate = (member: string, owned: readonly number[] = [], generation = 1): Candidate => ({ member, topics: ['tasks'], owned, generation });
const assigned = (candidates: readonly Candidate[], partitions: number): Record<string, readonly number[]> => Object.fromEntries(assignPartitions(candidates, partitions));

describe('the assignment of partitions', () => {
  it('gives everything to the only member', () => {
    expect(assigned([candidate('a')], 4)).toEqual({ a: [0, 1, 2, 3] });
  });

  it('takes from a member only what it has too much', () => {
    expect(assigned([candidate('a', [0, 1, 2, 3]), candidate('b')], 4)).toEqual({ a: [0, 1], b: [2, 3] });
  });

  it('gives what a member left to the others, who keep what they have', () => {
    expect(assigned([candidate('b', [2, 3]), candidate('c', [1])], 4)).toEqual({ b: [2, 3], c: [0, 1] });
  });

  it('leaves the odd one with who has it', () => {
    expect(assigned([candidate('a', [0]), candidate('b', [1, 2])], 3)).toEqual({ a: [0], b: [1, 2] });
  });

  it('leaves nothing for a member that comes when there is one for each', () => {
    expect(assigned([candidate('b', [0]), candidate('c', [1]), candidate('a')], 2)).toEqual({ a: [], b: [0], c: [1] });
  });

  it('believes the newer of two members that claim one partition', () => {
    expect(assigned([candidate('a', [0, 1], 3), candidate('b', [0, 1], 4)], 2)).toEqual({ a: [1], b: [0] });
    expect(assigned([candidate('a', [0], 3), candidate('b', [0], 4)], 2)).toEqual({ a: [1], b: [0] });
  });

  it('ignores what a member says it had and cannot have had', () => {
    expect(assigned([candidate('a', [-1, 0.5, 7, 0, 0])], 2)).toEqual({ a: [0, 1] });
  });

  it('gives each partition to exactly one member, fairly, stably and without moving more than it must', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), (before, partitions, after) => {
        const names = ['a', 'b', 'c', 'd', 'e'];
        const first = assignPartitions(names.slice(0, before).map((name) => candidate(name)), partitions);
        // The last of them stay, others may come: members are known by their place in the row.
        const next = names.slice(5 - after).map((name) => candidate(name, first.get(name) ?? [], first.has(name) ? 1 : 0));
        const second = assignPartitions(next, partitions);
        const all = [...second.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
        const sizes = [...second.values()].map((owned) => owned.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const { member, owned } of next) {
          const now = second.get(member) ?? [];
          const lost = owned.filter((partition) => !now.includes(partition));
          const got = now.filter((partition) => !owned.includes(partition));
          expect(Math.min(lost.length, got.length)).toBe(0);
        }
        const again = next.map(({ member }) => candidate(member, second.get(member) ?? [], 2));
        expect(assignPartitions(again, partitions)).toEqual(second);
      }),
    );
  });
});
