import { FACT_KEYS, SCOPE_KEYS, type Pinned, type PolicyEffect, type PolicyFile, type PolicyRule } from '@countersign/domain';
import { pointerPart, type Json } from '@countersign/kernel';
import { isComparison, type Test } from '../compiled-set.js';
import type { PolicyFault } from './policy-fault.js';
import { readComparisons } from './read-comparison.js';
import { isFactKey, readFact } from './read-fact.js';
import { andThen, type Reading } from './read-literal.js';
import { suggestion } from './read-words.js';
import { readScopeKey, type Scope } from './scope.js';
import { patternFault } from './tool-pattern.js';
import type { Term } from './vocabulary.js';

/** A rule whose conditions have been understood, before it meets the tools. */
export interface Rule {
  readonly name: string;
  readonly scope: Scope;
  readonly when: readonly Test[];
  readonly effect: PolicyEffect;
  readonly file: string;
  readonly pointer: string;
}

/** No dots: names with dots are ours (`contract.refund-desk`, `require.rows`). Reasons in events hold 120 characters. */
const RULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,100}$/;

const readTools = (rule: PolicyRule, fault: (key: string, message: string) => void): string => {
  const tool = rule.if['tool'];
  if (typeof tool !== 'string') {
    fault('', `rule \`${rule.name}\` has to say which tools it is about, such as \`tool: "payments.refund"\`, or \`tool: "*"\` for all`);
    return '';
  }
  const unmatched = patternFault(tool);
  if (unmatched !== undefined) fault('/tool', unmatched);
  return tool;
};

const readTests = (key: string, condition: Json, terms: ReadonlyMap<string, Term>): Reading<readonly Test[]> => {
  if (isFactKey(key)) return andThen(readFact(key, condition), (test) => ({ value: [test] }));
  const term = terms.get(key);
  return term ? readComparisons(key, condition, term) : { fault: `unknown key \`${key}\`${suggestion(key, [...SCOPE_KEYS, ...FACT_KEYS, ...terms.keys()])}` };
};

const subject = (test: Test): string => (isComparison(test) ? test.attribute : test.fact);

const readRule = (rule: PolicyRule, terms: ReadonlyMap<string, Term>, file: string, pointer: string): { readonly rule: Rule } | { readonly faults: readonly PolicyFault[] } => {
  const faults: PolicyFault[] = [];
  const at = (where: string, message: string): void => void faults.push({ kind: 'policy', id: file, rule: rule.name, pointer: `${pointer}${where}`, message });
  const fault = (key: string, message: string): void => at(`/if${key}`, message);

  if (!RULE_NAME.test(rule.name)) at('/name', `\`${rule.name}\` is no name of a rule: letters, digits, \`_\` and \`-\`, at most 101`);
  let scope: Scope = { tools: readTools(rule, fault), effects: [], risks: [] };
  for (const key of ['effect', 'risk'] as const) {
    const reading = readScopeKey(key, rule.if[key]);
    if ('fault' in reading) fault(`/${key}`, reading.fault);
    else scope = { ...scope, ...reading.value };
  }
  const when: Test[] = [];
  for (const [key, condition] of Object.entries(rule.if)) {
    if (SCOPE_KEYS.some((each) => each === key)) continue;
    const reading = readTests(key, condition, terms);
    if ('fault' in reading) fault(`/${pointerPart(key)}`, reading.fault);
    else when.push(...reading.value);
  }
  if (faults.length > 0) return { faults };
  return { rule: { name: rule.name, scope, when: when.toSorted((a, b) => (subject(a) < subject(b) ? -1 : 1)), effect: rule.then, file, pointer } };
};

/** Reads the rules of all files; everything that is wrong with them is told at once. */
export const readRules = (files: readonly Pinned<PolicyFile>[], terms: ReadonlyMap<string, Term>): { readonly rules: readonly Rule[]; readonly faults: readonly PolicyFault[] } => {
  const rules: Rule[] = [];
  const faults: PolicyFault[] = [];
  const owners = new Map<string, string>();
  for (const file of files) {
    for (const [index, body] of file.document.policies.entries()) {
      const pointer = `/policies/${index}`;
      const reading = readRule(body, terms, file.id, pointer);
      const owner = owners.get(body.name);
      owners.set(body.name, file.id);
      if ('faults' in reading) faults.push(...reading.faults);
      // Two rules of one name would be one statement of a slice, and the other would be lost.
      else if (owner !== undefined) faults.push({ kind: 'policy', id: file.id, rule: body.name, pointer: `${pointer}/name`, message: `rule \`${body.name}\` is also in policy file \`${owner}\`` });
      else rules.push(reading.rule);
    }
  }
  return { rules, faults };
};
