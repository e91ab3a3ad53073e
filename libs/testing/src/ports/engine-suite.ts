import { describe, expect, it } from 'vitest';
import type { PolicyRule } from '@countersign/domain';
import { type PolicyEngine, type PreparedPolicy, REASON_CODES } from '@countersign/policy-engines';
import { CONFORMANCE_PACK } from './engine-pack.js';
import { denies, THREE_RULES } from './engine-rules.js';
import { compileRules, essence, requestOf } from './engine-world.js';

/** The behaviour of the `PolicyEngine` port, the same for each engine. */
export const engineSuite = (name: string, makeEngine: () => PolicyEngine): void => {
  describe(`the policy engine port, ${name}`, () => {
    const engine = makeEngine();
    const prepared = new Map<string, PreparedPolicy>();
    /** Many cases have one set of rules, and compiling it takes longer than deciding under it. */
    const under = (rules: readonly PolicyRule[]): PreparedPolicy => {
      const key = JSON.stringify(rules);
      const policy = prepared.get(key) ?? engine.prepare(compileRules(rules).set);
      prepared.set(key, policy);
      return policy;
    };

    it('has a pack of at least 200 cases of different names', () => {
      expect(new Set(CONFORMANCE_PACK.map((each) => each.name)).size).toBe(CONFORMANCE_PACK.length);
      expect(CONFORMANCE_PACK.length).toBeGreaterThanOrEqual(200);
    });

    it.each(CONFORMANCE_PACK)('$name', ({ rules, call, expect: expected }) => {
      expect(essence(under(rules).decide(requestOf(call)))).toEqual(expected);
    });

    it('gives the same verdicts whatever the order of the rules', () => {
      const [forwards, backwards] = [THREE_RULES, THREE_RULES.toReversed()].map((rules) => engine.prepare(compileRules(rules).set));
      for (const { call } of CONFORMANCE_PACK) expect(backwards?.decide(requestOf(call))).toEqual(forwards?.decide(requestOf(call)));
    });

    it('gives every reason a code of the closed list, and a message', () => {
      for (const { rules, call } of CONFORMANCE_PACK) {
        const verdict = under(rules).decide(requestOf(call));
        if (verdict.effect === 'allow') continue;
        expect(verdict.reasons.length).toBeGreaterThan(0);
        for (const { code, message } of verdict.reasons) {
          expect(Object.keys(REASON_CODES)).toContain(code);
          expect(message).not.toBe('');
        }
      }
    });

    it('names ten rules where more of them deny', () => {
      const rules = Array.from({ length: 12 }, (_, index) => denies(`rule-${index + 10}`, '*'));
      const verdict = engine.prepare(compileRules(rules).set).decide(requestOf({ tool: 'payments.get' }));
      expect(verdict.effect === 'deny' && verdict.reasons.map(({ rule, message }) => `${rule} ${message}`).slice(9)).toEqual([
        'rule-19 the rule is about every call of `payments.get`',
        'engine and 2 more rules',
      ]);
    });

    it('keeps two sets apart', () => {
      const strict = engine.prepare(compileRules([denies('never', '*')]).set);
      const open = engine.prepare(compileRules([]).set);
      const call = requestOf({ tool: 'payments.get' });
      expect([strict.decide(call).effect, open.decide(call).effect]).toEqual(['deny', 'allow']);
    });

    it('goes on with the new set when the old one is released', () => {
      const old = engine.prepare(compileRules([]).set);
      const next = engine.prepare(compileRules([]).set);
      old.release();
      const call = requestOf({ tool: 'payments.get' });
      expect(essence(next.decide(call))).toEqual({ allow: ['contract.refund-desk'] });
      expect(essence(old.decide(call))).toEqual({ deny: ['engine engine.unavailable'] });
    });

    it('denies a request that is none, and does not throw', () => {
      const policy = engine.prepare(compileRules([]).set);
      const request = requestOf({ tool: 'payments.get' });
      const broken: readonly object[] = [{}, { ...request, attributes: undefined }, { ...request, attributes: { values: { rows: 1 }, invalid: [] } }, { ...request, approvals: { tier: 'high', votes: [] } }, { ...request, destination: '\ud800' }, { ...request, agent: 7 }, { ...request, facts: undefined }, { ...request, facts: {} }, { ...request, facts: { ...request.facts, destinations: [null] } }];
      expect(broken.map((each) => policy.decide(each as typeof request).effect)).toEqual(broken.map(() => 'deny'));
    });
  });
};
