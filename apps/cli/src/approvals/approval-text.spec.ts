import { describe, expect, it } from 'vitest';
import { action, ADA, approval, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { previewHashOf, type Preview } from '@countersign/contracts';
import { approvalCard, approvalsTable, argumentFields, nextFor } from './approval-text.js';

const card = (given = approval(), isHashRight = true, width?: number): string => approvalCard(given, isHashRight, viewOf(width));

describe('an approval', () => {
  it('shows what is asked for, by whom and why, in full', () => {
    expect(card()).toMatchInlineSnapshot(`
      "approval DdEeFfGg  pending, expires in 3h 56m

        payments.refund on payments
          charge_id     "ch_5005"
          amount_cents  124900
          reason        "laptop returned with a dead screen"

        this tool has neither a dry run nor a read that would show what changes

        who       agent refund-desk for upstream of acme
        why       refund_requires_approval: amount_usd is above 100
        needs     1 of finance (tier 2)
        may       grace
        may not   root, who put the agent's contract in force
        votes     none so far
        run       run-AbCdEfGh, step refund of acme/refund-desk
        hash      d3fa260e6f8d is the hash of what is shown
        deadline  2026-01-02T07:00:05.000Z"
    `);
  });

  it('fits an 80 column terminal by wrapping and not by cutting', () => {
    const asked = action({ charge_id: 'ch_5005', amount_cents: 124_900, reason: 'the laptop is back at the warehouse since Tuesday, its screen went black after two days, and a colleague said a full refund is fine' });
    const text = card(approval({}, asked), true, 80);
    expect(text).toMatchInlineSnapshot(`
      "approval DdEeFfGg  pending, expires in 3h 56m

        payments.refund on payments
          charge_id     "ch_5005"
          amount_cents  124900
          reason        "the laptop is back at the warehouse since Tuesday, its screen
                        went black after two days, and a colleague said a full refund
                        is fine"

        this tool has neither a dry run nor a read that would show what changes

        who       agent refund-desk for upstream of acme
        why       refund_requires_approval: amount_usd is above 100
        needs     1 of finance (tier 2)
        may       grace
        may not   root, who put the agent's contract in force
        votes     none so far
        run       run-AbCdEfGh, step refund of acme/refund-desk
        hash      f035ebe4057b is the hash of what is shown
        deadline  2026-01-02T07:00:05.000Z"
    `);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it('says that the hash is not that of what is shown', () => {
    expect(card(approval(), false)).toContain('is NOT the hash of what is shown');
  });

  it('shows who has voted, and the answer', () => {
    const text = card(approval({ status: 'rejected', decidedAt: '2026-01-02T03:03:05.000Z', decidedBy: ADA, reason: 'asked the customer', votes: [{ voter: ADA, choice: 'deny', castAt: '2026-01-02T03:03:05.000Z' }] }));
    expect(text).toContain('approval DdEeFfGg  rejected, 1m ago');
    expect(text).toContain('no of ada');
    expect(text).toContain('"asked the customer" by ada');
  });

  it('names nested arguments by their path and tells texts from numbers', () => {
    expect(argumentFields({ to: { iban: 'DE1' }, labels: ['a', 'b'], amount: '12', count: 12, empty: {}, none: null })).toEqual([
      ['to.iban', '"DE1"'],
      ['labels', '["a","b"]'],
      ['amount', '"12"'],
      ['count', '12'],
      ['empty', '{}'],
      ['none', 'null'],
    ]);
  });

  it('tells a name with a dot in it from a path', () => {
    expect(argumentFields({ to: { iban: 'DE1' }, 'to.iban': 'DE2', '"to".iban': 'DE3' }).map(([name]) => name)).toEqual(['to.iban', '"to.iban"', String.raw`"\"to\".iban"`]);
  });

  it('keeps a line feed or a direction mark in an argument from looking like a line of ours', () => {
    const text = card(approval({}, action({ reason: 'ok"\n  votes     yes of ada\u202e' })));
    expect(text).toContain('reason  "ok\\"\\n  votes     yes of ada\\u202e"');
    expect(text.split('\n').filter((line) => line.startsWith('  votes'))).toEqual(['  votes     none so far']);
  });
});

const dryRun = (changes: Preview['changes'], more?: number): Preview => {
  const shown = { kind: 'dry-run' as const, changes, ...(more !== undefined && { more }) };
  return { ...shown, hash: previewHashOf(shown) };
};
const REFUNDED = dryRun([
  { field: 'refunded', now: 0, after: 25_000, unit: 'usd-cents' },
  { field: 'left to refund', now: 99_900, after: 74_900, unit: 'usd-cents' },
]);

describe('what an action would change', () => {
  it('is a table of the card, in the words of the system', () => {
    expect(card(approval({ preview: REFUNDED }))).toContain(`
  what would change, in the words of the system (its own dry run)
    field           now      after
    refunded        $0.00    $250.00
    left to refund  $999.00  $749.00
`);
  });

  it('says why there is nothing to be shown, that it is being looked at, and that a tool has no way to say it', () => {
    expect(card(approval({ preview: { kind: 'none', changes: [], reason: { code: 'http.409', message: 'the tool answered 409' }, hash: REFUNDED.hash } }))).toContain('what would change cannot be shown: the tool answered 409 (http.409)');
    expect(card(approval({ preview: 'pending' }))).toContain('what would change is being looked at');
    expect(card()).toContain('this tool has neither a dry run nor a read that would show what changes');
  });

  it('goes below itself where it does not fit, and is never cut', () => {
    const long = 'a very long note, '.repeat(10).trim();
    const text = card(approval({ preview: dryRun([{ field: 'note', now: 'short', after: long }], 3) }), true, 80);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(text.replaceAll(/\n\s+/g, ' ')).toContain(`"short" → "${long}"`);
    expect(text).toContain('and 3 more that found no room');
  });

  it('keeps words of the system from looking like ours', () => {
    const text = card(approval({ preview: dryRun([{ field: 'note', now: 'ok\n  votes     yes of ada\u202e\u001b[2J', after: true }]) }));
    expect(text).toContain('"ok\\n  votes     yes of ada\\u202e\\u001b[2J"');
    expect(text.split('\n').filter((line) => line.startsWith('  votes'))).toEqual(['  votes     none so far']);
  });
});

describe('approvals list', () => {
  it('says on one line what would change', () => {
    const text = approvalsTable([approval({ preview: REFUNDED }), approval({ preview: 'pending' }), approval()], viewOf());
    expect(text).toContain('run-AbCdEfGh  refunded $0.00 → $250.00, and 1 more\n');
    expect(text).toContain('run-AbCdEfGh  being looked at\n');
    expect(text.endsWith('run-AbCdEfGh  -')).toBe(true);
  });


  it('shows what expires when, and who may answer', () => {
    expect(approvalsTable([approval(), approval({ id: 'EeEeFfGgHhIiJjKkLlMmNn', roles: [], quorum: 2, votes: [{ voter: ADA, choice: 'approve', castAt: '2026-01-02T03:03:05.000Z' }] })], viewOf(80))).toMatchInlineSnapshot(`
      "APPROVAL  EXPIRES    VOTES   WHO           TOOL             RUN
      DdEeFfGg  in 3h 56m  0 of 1  finance       payments.refund  run-AbCdEfGh
      EeEeFfGg  in 3h 56m  1 of 2  any approver  payments.refund  run-AbCdEfGh"
    `);
  });

  it('marks a confirmation, which only one person can answer', () => {
    const asked = approval({ roles: [], confirmation: true, sub: ADA, tier: 1 });
    expect(approvalsTable([asked], viewOf(80))).toContain('only ada');
    expect(approvalsTable([asked], { ...viewOf(80), me: ADA })).toContain('only you');
    expect(card(asked)).toContain('needs     a confirmation: only ada can answer, for whom the run acts\n');
  });

  it('says what to type next', () => {
    expect(nextFor(approval(), viewOf())).toMatchInlineSnapshot(`
      "next: countersign approvals approve DdEeFfGg
            countersign approvals deny --reason TEXT DdEeFfGg"
    `);
    expect(nextFor(approval({ id: '-dEeFfGgHhIiJjKkLlMmNn' }), viewOf())).toContain('approvals approve -- -dEeFfGg');
    expect(nextFor(approval({ status: 'granted' }), viewOf())).toBe('next: countersign runs show run-AbCdEfGh');
  });
});
