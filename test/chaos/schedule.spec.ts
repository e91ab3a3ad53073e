import { describe, expect, it } from 'vitest';
import { shortForm } from './options.ts';
import { killsOf, LEAST_KILLS, REPLICATED, scheduleOf } from './schedule.ts';

const LONG = { seed: 7, runs: 5_000, kills: 100, freezes: 20, faults: 40 };

describe('a schedule of injections', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(scheduleOf(LONG)).toEqual(scheduleOf(LONG));
    expect(scheduleOf({ ...LONG, seed: 8 })).not.toEqual(scheduleOf(LONG));
  });

  it('kills as often as it was asked to, and at most one process more', () => {
    const kills = scheduleOf(LONG).reduce((sum, { injection }) => sum + killsOf(injection), 0);
    expect(kills).toBeGreaterThanOrEqual(100);
    expect(kills).toBeLessThanOrEqual(101);
  });

  it('spreads over the whole run, in order', () => {
    const places = scheduleOf(LONG).map(({ at }) => at);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeLessThan(100);
    expect(places.at(-1)).toBeGreaterThan(4_900);
    expect(places.at(-1)).toBeLessThan(5_000);
  });

  it('has each kind of injection, and hits each service', () => {
    const schedule = scheduleOf(LONG);
    const kinds = new Set(schedule.map(({ injection }) => injection.kind));
    expect(kinds).toEqual(new Set(['fault', 'freeze', 'freeze-at-join', 'kill', 'kill-both', 'kill-broker']));
    const killed = new Set(schedule.flatMap(({ injection }) => (injection.kind === 'kill' ? [injection.part.split('-')[0]] : [])));
    expect(killed).toEqual(new Set(['approvals', 'executor', 'gateway', 'ledger', 'planner', 'policy']));
  });

  it.each([1, 2, 3, 4, 5])('kills each service, has the broker and both freezes in its short form too (seed %i)', (seed) => {
    const schedule = scheduleOf(shortForm(seed, 'unused')).map(({ injection }) => injection);
    expect(schedule.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['kill-broker', 'freeze', 'freeze-at-join', 'kill']));
    const killed = schedule.flatMap((injection) => (injection.kind === 'kill' ? [injection.part.split('-')[0]] : injection.kind === 'freeze-at-join' ? [injection.service] : []));
    expect(new Set(killed)).toEqual(new Set([...REPLICATED, 'ledger']));
    expect(schedule.reduce((sum, injection) => sum + killsOf(injection), 0)).toBe(LEAST_KILLS);
    expect(schedule.find(({ kind }) => kind === 'freeze-at-join')).toMatchObject({ victim: 'newcomer', attempts: 4 });
  });
});
