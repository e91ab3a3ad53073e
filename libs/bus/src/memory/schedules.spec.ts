import { describe, expect, it } from 'vitest';
import { play } from './schedule/toy-schedule.fixture.js';

/** Some seconds' worth; `SCHEDULES=10000` for the long form. */
const SCHEDULES = Number(process.env['SCHEDULES'] ?? 300);
const FIRST = Number(process.env['FIRST_SCHEDULE'] ?? 1);

describe('schedules of trouble', () => {
  it(
    `lose nothing, double nothing and accept nothing of a zombie (${SCHEDULES} of them)`,
    async () => {
      const failed: string[] = [];
      for (let seed = FIRST; seed < FIRST + SCHEDULES && failed.length < 3; seed += 1) {
        const { faults, acts } = await play(seed);
        if (faults.length > 0) failed.push([`schedule ${seed}`, ...acts, ...faults.slice(0, 10)].join('\n  '));
      }
      expect(failed.join('\n')).toBe('');
    },
    SCHEDULES * 1_000,
  );
});
