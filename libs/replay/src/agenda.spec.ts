import { describe, expect, it } from 'vitest';
import type { Instant } from '@countersign/kernel';
import { Agenda } from './agenda.js';

describe('an agenda', () => {
  it('gives what is soonest first, and of one time what was added first', () => {
    const agenda = new Agenda();
    const seen: string[] = [];
    for (const [at, name] of [[5, 'e'], [3, 'c'], [4, 'd'], [1, 'a'], [3, 'c again'], [9, 'f'], [1, 'a again']] as const) agenda.add(at as Instant, () => void seen.push(name));
    for (let next = agenda.next(); next; next = agenda.next()) void next.act();
    expect(seen).toEqual(['a', 'a again', 'c', 'c again', 'd', 'e', 'f']);
  });

  it('takes what is added meanwhile in its turn', () => {
    const agenda = new Agenda();
    const seen: number[] = [];
    agenda.add(1 as Instant, () => agenda.add(2 as Instant, () => void seen.push(2)));
    agenda.add(3 as Instant, () => void seen.push(3));
    for (let next = agenda.next(); next; next = agenda.next()) void next.act();
    expect(seen).toEqual([2, 3]);
  });
});
