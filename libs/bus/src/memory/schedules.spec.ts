import { describe, expect, it } from 'vitest';
import { play } from './schedule/toy-schedule.fixture.js';

/** Some seconds' worth; `SCHEDULES=10000` for the long form. */
const SCHEDULES = Number(process.env['SCHEDULES'] ?? 300);
const FIRST = Number(process.env['FIRST_SCHEDULE'] ?? 1);
/** What they add shows soon or not at all. */
const HAUNTED = Math.ceil(SCHEDULES / 5);

const failures = async (count: number, isHaunted: boolean): Promise<string> => {
  const failed: string[] = [];
  for (let seed = FIRST; seed < FIRST + count && failed.length < 3; seed += 1) {
    const { faults, acts } = await play(seed, undefined, isHaunted);
    if (faults.length > 0) failed.push([`schedule ${seed}`, ...acts, ...faults.slice(0, 10)].join('\n  '));
  }
  return failed.join('\n');
};

describe('schedules of trouble', () => {
  it(
    `lose nothing, double nothing and accept nothing of a zombie (${SCHEDULES} of them)`,
    async () => {
      expect(await failures(SCHEDULES, false)).toBe('');
    },
    SCHEDULES * 1_000,
  );

  it(
    `do neither where strangers leave offsets without a record in every topic (${HAUNTED} of them)`,
    async () => {
      expect(await failures(HAUNTED, true)).toBe('');
    },
    HAUNTED * 1_000,
  );
});
