import { existsSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kafkaMissing } from '@countersign/testing';
import { shortForm } from './options.ts';
import { failureText } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { REPLICATED } from './schedule.ts';

/** A start of twelve processes, a storm of half a minute and its end: a minute, or several on a machine that does much else. */
const TIMEOUT_MS = 600_000;

describe('a storm over the whole stack', () => {
  it.skipIf(kafkaMissing !== undefined)('loses no task, does nothing twice and believes no zombie', { timeout: TIMEOUT_MS }, async () => {
    const options = shortForm();
    const result = await runChaos(options, { onStep: () => undefined, onMoment: () => undefined, onProgress: () => undefined });
    expect(result.violations.length === 0 ? '' : failureText(result)).toBe('');
    expect(result.done.kills).toBeGreaterThanOrEqual(options.kills);
    expect(result.done.killsByPart['kafka']).toBeGreaterThanOrEqual(1);
    const killed = new Set(Object.keys(result.done.killsByPart).map((part) => part.split('-')[0]));
    expect(killed).toEqual(new Set([...REPLICATED, 'ledger', 'kafka']));
    // Its point: a member that was stopped before its last claim wakes up to a generation that is over.
    expect(result.done.joinFreezes.hit + result.done.joinFreezes.partly).toBeGreaterThanOrEqual(1);
    expect(result.done.freezes).toBe(options.freezes);
    rmSync(options.dir, { recursive: true, force: true });
    expect(existsSync(options.dir)).toBe(false);
  });
});
