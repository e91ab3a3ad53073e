import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FACT_KEYS, SCOPE_KEYS } from '../../libs/domain/src/config/policy-file.js';
import { WARNING_CODES } from '../../libs/policy-engines/src/compile/warnings.js';
import { OPERATORS } from '../../libs/policy-engines/src/compile/read-comparison.js';
import { ENGINE_NAMES, engineOf } from '../../libs/policy-engines/src/engines.js';
import { callOf, rulesOf, type WrittenCall } from '../../libs/testing/src/ports/engine-pack.js';
import { compileRules, requestOf } from '../../libs/testing/src/ports/engine-world.js';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../docs/policies.md'), 'utf8');
const EFFECTS = { allowed: 'allow', asked: 'ask', denied: 'deny' } as const;

interface Example {
  readonly rules: ReturnType<typeof rulesOf>;
  readonly calls: readonly { readonly effect: string; readonly written: string; readonly call: WrittenCall }[];
}

const examples: readonly Example[] = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => ({
  rules: rulesOf((parse(text) as { readonly policies: Parameters<typeof rulesOf>[0] }).policies),
  calls: [...text.matchAll(/^# (allowed|asked|denied): +(.*)$/gm)].map(([, word = '', call = '']) => ({ effect: EFFECTS[word as keyof typeof EFFECTS], written: call, call: parse(call) as WrittenCall })),
}));

describe('docs/policies.md', () => {
  it('shows the three rules as they stand', () => {
    expect(PAGE).toContain('if: { tool: "payments.refund", amount_usd: "> 100" }');
    expect(PAGE).toContain('if: { tool: "crm.export", rows: "> 1000" }');
    expect(PAGE).toContain('if: { tool: "*.*delete*" }');
  });

  it('names every key, every operator and every warning', () => {
    const missing = [...SCOPE_KEYS, ...FACT_KEYS, ...Object.keys(WARNING_CODES)].filter((name) => !PAGE.includes(`\`${name}\``));
    expect([...missing, ...OPERATORS.filter((operator) => !PAGE.includes(`"${operator} `))]).toEqual([]);
  });

  it('has an example of every key', () => {
    const used = new Set(examples.flatMap(({ rules }) => rules.flatMap((rule) => Object.keys(rule.if))));
    expect([...SCOPE_KEYS, ...FACT_KEYS].filter((key) => !used.has(key))).toEqual([]);
  });

  it.each(ENGINE_NAMES)('says of each call what %s decides', (name) => {
    expect(examples.length).toBeGreaterThan(5);
    for (const { rules, calls } of examples) {
      const policy = engineOf(name).prepare(compileRules(rules).set);
      expect(calls.map(({ written, call }) => `${written} ${policy.decide(requestOf(callOf(call))).effect}`)).toEqual(calls.map(({ written, effect }) => `${written} ${effect}`));
      expect(calls.length).toBeGreaterThan(0);
    }
  });
});
