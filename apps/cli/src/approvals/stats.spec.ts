import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FigureRow } from '../ledger/shapes.js';
import { ADA, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { nothingText, statsText } from './stats.js';
import { ENOUGH, EXPIRED_TOO_OFTEN, MOSTLY_QUICK, OVERRIDDEN_TOO_OFTEN, suggestionFor } from './suggestion.js';

const row = (change: Partial<FigureRow> = {}): FigureRow => ({ name: 'refund_requires_approval', tiers: [2, 2], count: 40, yes: 38, no: 2, expired: 0, withdrawn: 0, timed: 40, p50Ms: 61_000, p95Ms: 900_000, quick: 1, granted: 38, overridden: 1, undone: 1, diverged: 0, deniedAfter: 0, ...change });
const root = resolve(import.meta.dirname, '../../../..');
const SINCE = '2025-12-26T03:04:05.000Z';

describe('figures of approvals', () => {
  it('are a line for each rule, and what they speak for', () => {
    const rows = [
      row(),
      row({ name: 'big', tiers: [2, 3], overridden: 4, undone: 3, diverged: 1, deniedAfter: 1 }),
      row({ name: 'small', no: 0, yes: 40, granted: 40, overridden: 0, undone: 0, quick: 30, p50Ms: 2_100 }),
      row({ name: 'night', yes: 20, no: 8, expired: 12, granted: 20, overridden: 0, undone: 0 }),
      row({ name: 'top', tiers: [4, 4], overridden: 9, undone: 9 }),
      row({ name: 'new', count: 3, yes: 3, no: 0, timed: 0, quick: 0, granted: 3, overridden: 0, undone: 0 }),
    ].map(({ p50Ms, p95Ms, ...rest }): FigureRow => ({ ...rest, ...(rest.timed > 0 && { p50Ms: p50Ms ?? 0, p95Ms: p95Ms ?? 0 }) }));
    expect(statsText({ since: SINCE, by: 'rule', figures: rows }, viewOf())).toMatchInlineSnapshot(`
      "RULE                      TIER  ASKED  YES  NO  EXPIRED   TAKEN BACK  P50    P95  UNDER 5S  OVERRIDDEN
      refund_requires_approval  2     40     38   2   0 (0%)    0           1m 1s  15m  1 (3%)    1 (3%) 1 undone
      big                       2-3   40     38   2   0 (0%)    0           1m 1s  15m  1 (3%)    4 (11%) 3 undone, 1 diverged, 1 denied
      small                     2     40     40   0   0 (0%)    0           2.1s   15m  30 (75%)  0 (0%)
      night                     2     40     20   8   12 (30%)  0           1m 1s  15m  1 (3%)    0 (0%)
      top                       4     40     38   2   0 (0%)    0           1m 1s  15m  1 (3%)    9 (24%) 9 undone
      new                       2     3      3    0   0 (0%)    0           -      -    -         0 (0%)

      big: tier 3 would be worth a thought; 11% of what was granted was overridden or rolled back
      small: tier 1 would be worth a thought; nobody said no, nothing was taken back, and 75% were answered before they can have been read
      night: other roles, a fallback or more time would be worth a thought; 30% found nobody in time
      top: a narrower rule, or no, would be worth a thought; 24% of what was granted was overridden or rolled back
      new: 3 of 20 questions: too few to say"
    `);
  });

  it('are a line for each approver, of whom nothing is suggested', () => {
    const { expired: _expired, withdrawn: _withdrawn, ...figures } = row({ name: ADA });
    expect(statsText({ since: SINCE, by: 'approver', figures: [figures] }, viewOf())).toMatchInlineSnapshot(`
      "APPROVER  TIER  VOTES  YES  NO  P50    P95  UNDER 5S  OVERRIDDEN
      ada       2     40     38   2   1m 1s  15m  1 (3%)    1 (3%) 1 undone"
    `);
  });
});

describe('a suggestion', () => {
  it('is none before there are enough questions to tell', () => {
    expect(suggestionFor(row({ count: ENOUGH - 1, overridden: 19, granted: 19 }))).toEqual({ is: 'too-few', why: '19 of 20 questions: too few to say' });
    expect(suggestionFor(row({ count: 100, granted: ENOUGH - 1, overridden: 19 }))).toEqual({ is: 'keep' });
  });

  it('is a stricter tier where too much is taken back, and another rule where there is none', () => {
    expect(suggestionFor(row({ granted: 40, overridden: 2 }))).toEqual({ is: 'keep' });
    expect(suggestionFor(row({ granted: 40, overridden: 3 }))).toMatchObject({ is: 'stricter', tier: 3 });
    expect(suggestionFor(row({ tiers: [4, 4], granted: 40, overridden: 3 }))).toMatchObject({ is: 'deny' });
  });

  it('is a looser tier only where nobody says no, nothing is taken back and half is not read', () => {
    const unread = row({ yes: 40, no: 0, granted: 40, overridden: 0, quick: 20 });
    expect(suggestionFor(unread)).toMatchObject({ is: 'looser', tier: 1 });
    for (const change of [{ no: 1 }, { overridden: 1 }, { quick: 19 }, { timed: ENOUGH - 1, quick: 19 }, { tiers: [1, 1] as const }]) expect(suggestionFor({ ...unread, ...change })).toEqual({ is: 'keep' });
  });

  it('never loosens what is taken back too often because it is not read', () => {
    expect(suggestionFor(row({ no: 0, quick: 40, granted: 40, overridden: 8 }))).toMatchObject({ is: 'stricter' });
  });

  it('is about other people where a quarter finds nobody', () => {
    expect(suggestionFor(row({ expired: 9 }))).toEqual({ is: 'keep' });
    expect(suggestionFor(row({ expired: 10 }))).toMatchObject({ is: 'other-people', why: '25% found nobody in time' });
  });

  it('are none where no question has ended, and what waits is said', () => {
    expect(nothingText('2025-12-26T03:04:05.000Z', 0, viewOf())).toBe('no question has ended since 2025-12-26T03:04:05.000Z');
    expect(nothingText('2025-12-26T03:04:05.000Z', 2, viewOf())).toBe('no question has ended since 2025-12-26T03:04:05.000Z; 2 wait: `countersign approvals list`');
  });

  it('follows the numbers that the page gives', () => {
    const page = readFileSync(join(root, 'docs/approvals.md'), 'utf8');
    for (const number of [`${ENOUGH} questions`, `${OVERRIDDEN_TOO_OFTEN * 100}%`, 'a quarter', 'half']) expect(page.slice(page.indexOf('## Figures'))).toContain(number);
    expect([EXPIRED_TOO_OFTEN, MOSTLY_QUICK]).toEqual([0.25, 0.5]);
  });
});
