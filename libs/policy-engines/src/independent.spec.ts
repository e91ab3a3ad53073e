import type { PolicyRule } from '@countersign/domain';
import { asks, compileRules, denies, requestOf } from '@countersign/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CedarEngine } from './cedar/cedar-engine.js';

/**
 * A second reading of the rule file, which shares nothing with the compiler: it works on the text of the rules, in dollars.
 * `undefined` stands for an attribute that is not there.
 */
type Facts = Readonly<Record<string, number | string | undefined>>;

const matcher = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);

const holds = (text: string, actual: number | string): boolean => {
  const [operator = '', ...words] = text.split(' ');
  const operand = words.join(' ');
  const same = (each: string): boolean => (typeof actual === 'number' ? Number(each) === actual : each === actual);
  const items = operand.slice(1, -1).split(', ');
  switch (operator) {
    case '>':
      return Number(actual) > Number(operand);
    case '>=':
      return Number(actual) >= Number(operand);
    case '<':
      return Number(actual) < Number(operand);
    case '<=':
      return Number(actual) <= Number(operand);
    case '==':
      return same(operand);
    case '!=':
      return !same(operand);
    case 'in':
      return items.some(same);
    case 'not_in':
      return !items.some(same);
    case 'matches':
      return matcher(operand).test(String(actual));
    default:
      throw new Error(`no operator ${operator}`);
  }
};

interface Ask {
  readonly tier: number;
  readonly quorum: number;
  readonly roles: readonly string[];
}

interface Answer {
  readonly effect: 'allow' | 'deny' | 'ask';
  readonly ask?: Ask;
}

type Votes = readonly (readonly [string, readonly string[]])[];

const interpret = (rules: readonly PolicyRule[], tool: string, facts: Facts, listed: boolean, tier: number, votes: Votes): Answer => {
  const open: Ask[] = [];
  for (const { if: { tool: pattern, ...conditions }, then } of rules) {
    if (!matcher(pattern as string).test(tool)) continue;
    const read = Object.entries(conditions).map(([name, text]) => [text as string, facts[name]] as const);
    if (read.some(([, actual]) => actual === undefined)) return { effect: 'deny' };
    if (!read.every(([text, actual]) => actual !== undefined && holds(text, actual))) continue;
    if (then.action === 'deny') return { effect: 'deny' };
    const people = new Set(votes.filter(([, roles]) => then.roles.length === 0 || roles.some((role) => then.roles.includes(role))).map(([name]) => name));
    if (people.size < then.quorum || tier < then.tier) open.push(then);
  }
  if (!listed) return { effect: 'deny' };
  if (open.length === 0) return { effect: 'allow' };
  const named = open.filter((ask) => ask.roles.length > 0);
  const shared = ['finance', 'risk', 'support'].filter((role) => named.every((ask) => ask.roles.includes(role)));
  if (named.length > 0 && shared.length === 0) return { effect: 'deny' };
  return { effect: 'ask', ask: { tier: Math.max(...open.map((ask) => ask.tier)), quorum: Math.max(...open.map((ask) => ask.quorum)), roles: named.length > 0 ? shared : [] } };
};

const dollars = fc.constantFrom(0, 0.5, 1, 9.99, 10, 10.01, 100);
const counts = fc.integer({ min: 0, max: 4 });
const texts = fc.constantFrom('eur', 'usd', 'a.b', 'ab', 'EUR');
const numeric = fc.constantFrom('>', '>=', '<', '<=', '==', '!=');

const condition = (value: fc.Arbitrary<number>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(numeric, value).map(([operator, limit]) => `${operator} ${limit}`),
    fc.tuple(fc.constantFrom('in', 'not_in'), fc.array(value, { minLength: 1, maxLength: 3 })).map(([operator, values]) => `${operator} [${values.join(', ')}]`),
  );
const textCondition = fc.oneof(
  fc.tuple(fc.constantFrom('==', '!='), texts).map(([operator, value]) => `${operator} ${value}`),
  fc.tuple(fc.constantFrom('in', 'not_in'), fc.array(texts, { minLength: 1, maxLength: 3 })).map(([operator, values]) => `${operator} [${values.join(', ')}]`),
  fc.constantFrom('matches *', 'matches e*', 'matches *.*', 'matches a*b', 'matches *u*').map(String),
);

const amount_usd = condition(dollars);
const rows = condition(counts);

/** Mostly rules that fit their tools; the last kind puts any condition on any pattern, and so denies a lot. */
const scope = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('payments.refund'), fc.record({ amount_usd, currency: textCondition }, { requiredKeys: [] })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('crm.export'), fc.record({ rows }, { requiredKeys: [] })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('*.*delete*', 'admin.*', 'payments.g*', 'crm.b*'), fc.constant({})) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('*', 'payments.*', '*e*'), fc.record({ amount_usd, rows, currency: textCondition }, { requiredKeys: [] })) },
);
const role = fc.subarray(['finance', 'risk', 'support']);
const rule = fc.oneof(
  { weight: 1, arbitrary: scope.map(([tool, when]) => denies('', tool, when)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(scope, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), role)
      .map(([[tool, when], tier, quorum, roles]) => asks('', tool, when, { tier, quorum, roles })),
  },
);

const call = fc.record({
  tool: fc.constantFrom('payments.refund', 'payments.refund', 'payments.refund', 'crm.export', 'payments.get', 'crm.export', 'crm.bulk-delete', 'admin.grant'),
  amount: fc.option(dollars, { nil: undefined, freq: 20 }),
  count: fc.option(counts, { nil: undefined, freq: 20 }),
  currency: fc.option(texts, { nil: undefined, freq: 20 }),
  tier: fc.integer({ min: 0, max: 4 }),
  votes: fc.array(fc.tuple(fc.constantFrom('ada', 'bob', 'cyd'), role), { maxLength: 4 }),
});

/** What each tool's contract maps; the others see an attribute that is not there. */
const MAPPED: Readonly<Record<string, readonly string[]>> = { 'payments.refund': ['amount_usd', 'currency'], 'crm.export': ['rows'] };
const CALLS_PER_SET = 50;

describe('a decision', () => {
  it('is what an independent reading of the rules gives, 5,000 times', () => {
    const engine = new CedarEngine();
    const effects = { allow: 0, deny: 0, ask: 0 };
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), fc.array(call, { minLength: CALLS_PER_SET, maxLength: CALLS_PER_SET }), (unnamed, calls) => {
        const rules = unnamed.map((each, index) => ({ ...each, name: `rule-${index}` }));
        const policy = engine.prepare(compileRules(rules).set);
        for (const { tool, amount, count, currency, tier, votes } of calls) {
          const args = JSON.parse(JSON.stringify({ amount_cents: amount === undefined ? undefined : Math.round(amount * 100), rows: count, currency })) as Record<string, number>;
          const request = requestOf({ tool, args, tier });
          const verdict = policy.decide({ ...request, approvals: { tier, votes: votes.map(([name, roles]) => ({ voter: name as never, roles })) } });
          const facts = Object.fromEntries(Object.entries({ amount_usd: amount, rows: count, currency }).filter(([name]) => MAPPED[tool]?.includes(name)));
          const expected = interpret(rules, tool, facts, tool !== 'admin.grant', tier, votes);
          effects[verdict.effect] += 1;
          expect({ effect: verdict.effect, ...(verdict.effect === 'ask' && { ask: { tier: verdict.tier, quorum: verdict.quorum, roles: verdict.roles } }) }).toEqual({
            effect: expected.effect,
            ...(expected.ask && { ask: { tier: expected.ask.tier, quorum: expected.ask.quorum, roles: expected.ask.roles } }),
          });
        }
        policy.release();
      }),
      { numRuns: 5_000 / CALLS_PER_SET, seed: 20_260_102 },
    );
    // A generator that only ever denies would prove nothing.
    expect(Math.min(effects.allow, effects.ask)).toBeGreaterThan(300);
  }, 60_000);
});
