import { nearest } from '@countersign/kernel';
import type { Pinned, PolicyEffect, PolicyFile, PolicyRule } from '@countersign/domain';
import type { Comparison } from '../compiled-set.js';
import type { PolicyFault } from './policy-fault.js';
import { readComparison } from './read-comparison.js';
import { patternFault } from './tool-pattern.js';
import type { Term } from './vocabulary.js';

/** A rule whose conditions have been understood, before it meets the tools. */
export interface Rule {
  readonly name: string;
  readonly tools: string;
  readonly when: readonly Comparison[];
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

/** End of a message about an unknown key: the known one that was probably meant, else all of them. */
const suggestion = (key: string, known: readonly string[]): string => {
  const near = nearest(key, known);
  return near === undefined ? `, known are ${known.map((each) => `\`${each}\``).join(', ')}` : `, did you mean \`${near}\`?`;
};

const readRule = (rule: PolicyRule, terms: ReadonlyMap<string, Term>, file: string, pointer: string): { readonly rule: Rule } | { readonly faults: readonly PolicyFault[] } => {
  const faults: PolicyFault[] = [];
  const at = (where: string, message: string): void => void faults.push({ kind: 'policy', id: file, rule: rule.name, pointer: `${pointer}${where}`, message });
  const fault = (key: string, message: string): void => at(`/if${key}`, message);

  if (!RULE_NAME.test(rule.name)) at('/name', `\`${rule.name}\` is no name of a rule: letters, digits, \`_\` and \`-\`, at most 101`);
  const tools = readTools(rule, fault);
  const when: Comparison[] = [];
  for (const [key, condition] of Object.entries(rule.if)) {
    if (key === 'tool') continue;
    const term = terms.get(key);
    const reading = term ? readComparison(key, condition, term) : { fault: `unknown key \`${key}\`${suggestion(key, ['tool', ...terms.keys()])}` };
    if ('fault' in reading) fault(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, reading.fault);
    else when.push(reading.value);
  }
  if (faults.length > 0) return { faults };
  return { rule: { name: rule.name, tools, when: when.toSorted((a, b) => (a.attribute < b.attribute ? -1 : 1)), effect: rule.then, file, pointer } };
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
