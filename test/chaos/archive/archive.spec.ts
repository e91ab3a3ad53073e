import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kafkaMissing } from '@countersign/testing';
import { freshSeed } from '../options.ts';
import { STEPS } from './deaths.ts';
import { freshDir, runKills } from './run-kills.ts';

/** A start of Kafka and of a dozen ledgers: under a minute, or several on a machine that does much else. */
const TIMEOUT_MS = 600_000;

describe('ledgers that die before and after each thing that they store', () => {
  it.skipIf(kafkaMissing !== undefined)('leave an archive that is whole, never forks, misses nothing, and is what an undisturbed ledger writes', { timeout: TIMEOUT_MS }, async () => {
    const options = { seed: freshSeed(), kills: 2 * STEPS.length, moments: ['before', 'after'] as const, dir: freshDir() };
    const { violations, deaths, records, same } = await runKills(options);
    expect({ seed: options.seed, violations }).toEqual({ seed: options.seed, violations: [] });
    expect(Object.values(deaths)).toEqual(Array.from({ length: 2 * STEPS.length }, () => 1));
    expect(records).toBeGreaterThan(600);
    expect(same.objects).toBeGreaterThan(20);
    rmSync(options.dir, { recursive: true, force: true });
  });
});
