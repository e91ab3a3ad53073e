import { asks, compileRules, denies, essence, requestOf, vote } from '@countersign/testing';
import { describe, expect, it } from 'vitest';
import { CedarEngine } from './cedar-engine.js';
import { cedarCall } from './cedar-call.js';
import { cedarScreen } from './cedar-screen.js';
import { cedar } from './load-cedar.js';

const RULES = [
  asks('small', 'payments.refund', { amount_usd: '> 10' }),
  asks('large', 'payments.refund', { amount_usd: '> 100' }, { quorum: 2 }),
  denies('currency', 'payments.refund', { currency: 'not_in [usd, eur]', amount_usd: '> 0' }),
];
const { set } = compileRules(RULES);
const refund = (amount_cents: number, currency: string | undefined, ...voters: readonly string[]): ReturnType<typeof requestOf> =>
  requestOf({ tool: 'payments.refund', args: { amount_cents, ...(currency !== undefined && { currency }) }, again: voters.map((name) => vote(name, [])) });

describe('the screen of a slice', () => {
  it('is one permit and one forbid, however many rules there are', () => {
    const slice = set.slices.get('payments.refund');
    expect(slice && Object.keys(cedarScreen(slice) ?? {})).toEqual(['contract.refund-desk', 'screen']);
  });

  it('is not made for a few rules', () => {
    const slice = set.slices.get('payments.get');
    expect(slice && cedarScreen(slice)).toBe(undefined);
  });

  it('allows by itself what no rule narrows', () => {
    const slice = set.slices.get('payments.refund');
    const { preparsedPolicySetId: _, ...call } = cedarCall('', { tool: 'payments.refund', agent: 'acme/refund-desk', contract: 'refund-desk', destination: 'desk', values: { amount_usd: 1_000, currency: 'usd' }, facts: { stage: 'autonomous' }, approvals: { tier: 0, voters: { '*': 0 } } });
    const answer = cedar().isAuthorized({ ...call, policies: { staticPolicies: (slice && cedarScreen(slice)) ?? {} } });
    expect(answer.type === 'success' && answer.response).toEqual({ decision: 'allow', diagnostics: { reason: ['contract.refund-desk'], errors: [] } });
  });

  it('leaves it to the slice to say which rule could not be evaluated', () => {
    const slice = set.slices.get('payments.refund');
    if (!slice) throw new Error('the set has no such tool');
    // Only a fault of ours gives a call a type that its contract does not map; the compiler refuses such a set.
    const mistyped = { ...set, slices: new Map([['payments.refund', { ...slice, attributes: { amount_usd: 'text', currency: 'text' } as const }]]) };
    const request = { ...refund(0, 'usd'), attributes: { values: { amount_usd: 'ten', currency: 'usd' }, invalid: [] } };
    expect(essence(new CedarEngine().prepare(mistyped).decide(request))).toEqual({ deny: ['currency engine.error', 'large engine.error', 'small engine.error'] });
  });

  it('holds a thousand rules on one tool', () => {
    const rules = Array.from({ length: 1_000 }, (_, index) => denies(`rule-${index}`, 'crm.export', { rows: `== ${index}` }));
    const policy = new CedarEngine().prepare(compileRules(rules).set);
    const exported = (rows: number): unknown => essence(policy.decide(requestOf({ tool: 'crm.export', args: { rows } })));
    expect([exported(999), exported(1_000)]).toEqual([{ deny: ['rule-999 rule.forbids'] }, { allow: ['contract.refund-desk'] }]);
  });

  it.each([
    ['an allowed call', refund(1_000, 'usd'), { allow: ['contract.refund-desk'] }],
    ['an answered call', refund(10_001, 'usd', 'ada', 'bob'), { allow: ['contract.refund-desk'] }],
    ['a call that is half answered', refund(10_001, 'usd', 'ada'), { ask: ['large rule.asks'], tier: 2, quorum: 2, roles: [], within: 86_400_000 }],
    ['a forbidden call', refund(1_000, 'gbp'), { deny: ['currency rule.forbids'] }],
    ['a call that lacks an attribute', refund(1_000, undefined), { deny: ['currency field.missing'] }],
  ])('changes nothing for %s', (_, request, expected) => {
    expect(essence(new CedarEngine().prepare(set).decide(request))).toEqual(expected);
  });
});
