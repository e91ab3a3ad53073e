import { describe, expect, it } from 'vitest';
import { playDesk } from './schedule/desk-schedule.fixture.js';
import { LYING, type DeskTool } from './schedule/desk-world.fixture.js';

/** Some seconds' worth; `TOOL_SCHEDULES=10000` for the long form. */
const SCHEDULES = Number(process.env['TOOL_SCHEDULES'] ?? 100);
const FIRST = Number(process.env['FIRST_SCHEDULE'] ?? 1);
/** A schedule is a second's work at most, on a busy machine several. */
const PATIENCE_MS = 4_000;

const played = async (count: number, tools?: readonly DeskTool[]): Promise<{ readonly failed: readonly string[]; readonly seen: Map<string, number> }> => {
  const failed: string[] = [];
  const seen = new Map<string, number>();
  for (let seed = FIRST; seed < FIRST + count && failed.length < 3; seed += 1) {
    const outcome = await playDesk(seed, tools);
    for (const [what, times] of outcome.seen) seen.set(what, (seen.get(what) ?? 0) + times);
    if (outcome.faults.length > 0) failed.push([`schedule ${seed}`, ...outcome.acts, ...outcome.faults.slice(0, 10)].join('\n  '));
  }
  return { failed, seen };
};

/** What schedules have to come to, or they show nothing. */
const REACHED = ['succeeded', 'failed', 'unknown', 'action.verified', 'breaker.opened', 'breaker.closed', 'breaker.open', 'tool.retry-after', 'decision.deferred'];

describe('schedules of trouble with a tool', () => {
  it(
    `do nothing twice, lose nothing and leave no doubt without a person (${SCHEDULES} of them)`,
    async () => {
      const { failed, seen } = await played(SCHEDULES);
      expect(failed.join('\n')).toBe('');
      expect(REACHED.filter((what) => !seen.has(what))).toEqual([]);
      if (process.env['TOOL_SCHEDULES'] !== undefined) console.log(Object.fromEntries([...seen].toSorted(([a], [b]) => (a < b ? -1 : 1))));
    },
    SCHEDULES * PATIENCE_MS,
  );

  it(
    'show it where a tool is called again that must not be',
    async () => {
      const { failed } = await played(20, LYING);
      expect(failed.join('\n')).toMatch(/: [2-9] effects/);
    },
    20 * PATIENCE_MS,
  );
});
