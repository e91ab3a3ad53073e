import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kafkaMissing } from '@countersign/testing';
import { freshDir, freshSeed } from '../options.ts';
import { runToolStorm } from './run-tools.ts';

/** A start of eight processes and a wave of schedules: a minute, or several on a machine that does much else. */
const TIMEOUT_MS = 600_000;

describe('a tool that fails, on real processes: the payments service and an MCP server, while executors die in the middle of a call', () => {
  it.skipIf(kafkaMissing !== undefined)('does nothing twice, loses nothing, and leaves no doubt without a person', { timeout: TIMEOUT_MS }, async () => {
    const options = { seed: freshSeed(), schedules: 10, dir: freshDir() };
    const { violations, outcomes, boardCalls, kills, freezes } = await runToolStorm(options);
    expect({ seed: options.seed, violations }).toEqual({ seed: options.seed, violations: [] });
    expect(outcomes['succeeded']).toBeGreaterThan(0);
    expect(kills + freezes).toBeGreaterThan(0);
    // Of ten schedules six are of the board, and each makes a call at least: but for one whose executor died when it had written down that it calls, and had not called.
    expect(boardCalls).toBeGreaterThanOrEqual(6 - kills);
    expect(boardCalls).toBeGreaterThan(0);
    rmSync(options.dir, { recursive: true, force: true });
  });
});
