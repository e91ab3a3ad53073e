import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kafkaMissing } from '@countersign/testing';
import { freshDir } from '../options.ts';
import { runBudgetChaos } from './run-budget.ts';

/** A start of twelve processes, and a quarter of a minute in which they are killed; several minutes on a machine that does much else. */
const TIMEOUT_MS = 600_000;
const REFUND_COST = 2_000;

describe('200 runs that are open at one moment and press on what one day may cost, while policy and executor are killed', () => {
  it.skipIf(kafkaMissing !== undefined)('spend exactly what there is room for, and leave nothing reserved', { timeout: TIMEOUT_MS }, async () => {
    const options = { runs: 200, room: 40, kills: 5, dir: freshDir() };
    const { violations, finished, open, refunds, kills, cap, shown } = await runBudgetChaos(options);
    expect(violations).toEqual([]);
    expect({ finished, open, refunds, kills }).toEqual({ finished: options.runs, open: options.runs, refunds: options.room, kills: options.kills });
    expect(refunds * REFUND_COST).toBeLessThanOrEqual(cap);
    expect(shown).toEqual({ used: options.room * REFUND_COST, reserved: 0, cap });
    rmSync(options.dir, { recursive: true, force: true });
  });
});
