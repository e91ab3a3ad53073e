import { describe, expect, it } from 'vitest';
import { action, ADA, approval, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
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

  it('keeps a line feed or a direction mark in an argument from looking like a line of ours', () => {
    const text = card(approval({}, action({ reason: 'ok"\n  votes     yes of ada\u202e' })));
    expect(text).toContain('reason  "ok\\"\\n  votes     yes of ada\\u202e"');
    expect(text.split('\n').filter((line) => line.startsWith('  votes'))).toEqual(['  votes     none so far']);
  });
});

describe('approvals list', () => {
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
