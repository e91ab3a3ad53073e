import { widenings, type AgentContract, type ConfigurationFiles, type PolicyEffect, type PolicyRule } from '@countersign/domain';
import { hours, sha256 } from '@countersign/kernel';
import { asks, compileRules, CONTRACTS, denies, requestOf, TOOLS, vote } from '@countersign/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CedarEngine } from './cedar/cedar-engine.js';

interface Given {
  readonly rules: readonly PolicyRule[];
  readonly contracts: readonly AgentContract[];
}

const limit = fc.constantFrom('> 0', '> 1', '> 10', '>= 10', '>= 10.00', '< 10', '<= 10', '== 10', 'in [1, 10]');
const count = fc.constantFrom('> 0', '> 2', '>= 2', '< 3', '== 2');
const when = fc.record({ amount_usd: limit, rows: count, currency: fc.constantFrom('== eur', '!= eur') }, { requiredKeys: [] });
const tool = fc.constantFrom('payments.refund', 'crm.export', 'payments.*', '*');
const effect: fc.Arbitrary<PolicyEffect> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<PolicyEffect>({ action: 'deny' }) },
  {
    weight: 5,
    arbitrary: fc
      .record({ tier: fc.integer({ min: 1, max: 3 }), quorum: fc.integer({ min: 1, max: 2 }), roles: fc.subarray(['finance', 'risk']), within: fc.constant(hours(1)) })
      .map((ask): PolicyEffect => ({ action: 'require_human_approval', ...ask })),
  },
);
/** Mostly what fits its tool: a rule on what a tool does not map denies everything, and hides the rest. */
const scope = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('payments.refund'), fc.record({ amount_usd: limit }, { requiredKeys: [] })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('crm.export', 'crm.e*'), fc.record({ rows: count }, { requiredKeys: [] })) },
  { weight: 1, arbitrary: fc.tuple(tool, when) },
);
const rule = fc.tuple(scope, effect).map(([[pattern, conditions], then]): PolicyRule => ({ ...(then.action === 'deny' ? denies('', pattern, conditions) : asks('', pattern, conditions)), then }));

/** What somebody does to a rule: mostly little, so that there is something to be found out. */
const change = fc.oneof(
  { weight: 4, arbitrary: fc.constant((each: PolicyRule) => [each]) },
  { weight: 1, arbitrary: fc.constant(() => []) },
  { weight: 2, arbitrary: limit.map((bound) => (each: PolicyRule) => [{ ...each, if: { ...each.if, ...('amount_usd' in each.if && { amount_usd: bound }) } }]) },
  { weight: 3, arbitrary: effect.map((then) => (each: PolicyRule) => [{ ...each, then }]) },
  { weight: 1, arbitrary: tool.map((pattern) => (each: PolicyRule) => [{ ...each, if: { ...each.if, tool: pattern } }]) },
  { weight: 2, arbitrary: fc.constant((each: PolicyRule) => [{ ...each, if: { tool: each.if['tool'] ?? '*' } }]) },
);

const [DESK] = CONTRACTS;
if (!DESK) throw new Error('the suite has no contract');
const contract = fc.tuple(fc.subarray([...DESK.tools.write]), fc.subarray([...DESK.tenants], { minLength: 1 })).map(([write, tenants]) => ({ ...DESK, tools: { ...DESK.tools, write }, tenants }));
const named = (rules: readonly PolicyRule[]): readonly PolicyRule[] => rules.map((each, index) => ({ ...each, name: `rule-${index}` }));

const pair = fc
  .record({ rules: fc.array(rule, { maxLength: 3 }), changes: fc.array(change, { minLength: 4, maxLength: 4 }), more: fc.array(rule, { maxLength: 1 }), before: contract, after: fc.option(contract, { freq: 2 }) })
  .map(({ rules, changes, more, before, after }): readonly [Given, Given] => [
    { rules: named(rules), contracts: [before] },
    { rules: named([...rules.flatMap((each, index) => changes[index]?.(each) ?? []), ...more]), contracts: [after ?? before] },
  ]);

const call = fc.record({
  tool: fc.constantFrom('payments.refund', 'payments.refund', 'crm.export', 'mail.send'),
  tenant: fc.constantFrom('acme', 'globex'),
  args: fc.record({ amount_cents: fc.constantFrom(0, 100, 900, 1_000, 1_001), rows: fc.integer({ min: 0, max: 4 }), currency: fc.constantFrom('eur', 'usd') }, { requiredKeys: [] }),
  tier: fc.integer({ min: 1, max: 3 }),
  votes: fc.array(fc.tuple(fc.constantFrom('ada', 'bob', 'cyd'), fc.subarray(['finance', 'risk'], { minLength: 1 })), { minLength: 1, maxLength: 3 }),
});

const filesOf = ({ rules, contracts }: Given): ConfigurationFiles => {
  const pin = <Document>(id: string, document: Document) => ({ id, version: 1, hash: sha256(id), document });
  return {
    contracts: contracts.map((each) => pin(each.id, each)),
    tools: TOOLS.map((each) => pin(each.id, each)),
    playbooks: [],
    policies: [pin('rules', { policies: rules })],
    approvers: [],
    tenants: [],
    webhooks: [],
  };
};

/** Calls that one set lets through with the votes at hand; for these the other has to say the same. */
it('a change that is said to widen nothing lets no call through that was not let through before, 800 changes', () => {
  const engine = new CedarEngine();
  const seen = { narrows: 0, widens: 0, allowed: 0 };
  fc.assert(
    fc.property(pair, fc.array(call, { minLength: 20, maxLength: 20 }), ([before, after], calls) => {
      if (widenings(filesOf(before), filesOf(after)).length > 0) {
        seen.widens += 1;
        return;
      }
      seen.narrows += 1;
      const [old, now] = [before, after].map(({ rules, contracts }) => engine.prepare(compileRules(rules, TOOLS, contracts).set));
      for (const { votes, ...each } of calls) {
        const request = requestOf({ ...each, again: votes.map(([name, roles]) => vote(name, roles)) });
        if (now?.decide(request).effect !== 'allow') continue;
        seen.allowed += 1;
        expect(old?.decide(request).effect).toBe('allow');
      }
      old?.release();
      now?.release();
    }),
    { numRuns: 800, seed: 20_260_301 },
  );
  expect(Math.min(seen.narrows, seen.widens, seen.allowed)).toBeGreaterThan(200);
}, 180_000);
