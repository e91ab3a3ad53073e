import { runDifferential } from '@countersign/testing/differential';
import { describe, expect, it } from 'vitest';

describe('a decision', () => {
  it('is the same of the slice, of the whole set, of OPA and of an independent reading of the rules, 20,000 times', () => {
    const { effects, disagreements } = runDifferential({ requests: 20_000, seed: 20_260_102 });
    expect(disagreements).toEqual([]);
    // A generator that only ever denies would prove nothing.
    expect(Math.min(effects.allow, effects.deny, effects.ask)).toBeGreaterThan(2_000);
  }, 300_000);
});
