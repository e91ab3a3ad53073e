import { describe, expect, it } from 'vitest';
import { type PolicyEngine, REASON_CODES } from '@countersign/policy-engines';
import { ENGINE_CASES } from './engine-cases.js';
import { denies, THREE_RULES } from './engine-rules.js';
import { compileRules, essence, requestOf } from './engine-world.js';

/** The behaviour of the `PolicyEngine` port, the same for each engine. */
export const engineSuite = (name: string, makeEngine: () => PolicyEngine): void => {
  describe(`the policy engine port, ${name}`, () => {
    const engine = makeEngine();

    it.each(ENGINE_CASES)('$name', ({ rules, call, expect: expected }) => {
      const policy = engine.prepare(compileRules(rules).set);
      expect(essence(policy.decide(requestOf(call)))).toEqual(expected);
      policy.release();
    });

    it('gives the same verdicts whatever the order of the rules', () => {
      const [forwards, backwards] = [THREE_RULES, THREE_RULES.toReversed()].map((rules) => engine.prepare(compileRules(rules).set));
      for (const { call } of ENGINE_CASES) expect(backwards?.decide(requestOf(call))).toEqual(forwards?.decide(requestOf(call)));
    });

    it('gives every reason a code of the closed list, and a message', () => {
      for (const { rules, call } of ENGINE_CASES) {
        const verdict = engine.prepare(compileRules(rules).set).decide(requestOf(call));
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
      const broken: readonly object[] = [{}, { ...request, attributes: undefined }, { ...request, attributes: { values: { rows: 1 }, invalid: [] } }, { ...request, approvals: { tier: 'high', votes: [] } }, { ...request, destination: '\ud800' }, { ...request, agent: 7 }];
      expect(broken.map((each) => policy.decide(each as typeof request).effect)).toEqual(broken.map(() => 'deny'));
    });
  });
};
