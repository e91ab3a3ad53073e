import { messageOf } from '@countersign/kernel';
import { validateWithCedar } from '../cedar/validate.js';
import type { CompiledSet } from '../compiled-set.js';
import type { PolicyFault } from './policy-fault.js';
import { readPolicySet, type PolicyFiles } from './read-policy-set.js';
import { type PolicyWarning, warningsOf } from './warnings.js';

/** A set that may be put in force, with what is odd about it; or all that is wrong. */
export type Compilation =
  | { readonly ok: true; readonly set: CompiledSet; readonly warnings: readonly PolicyWarning[] }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

/**
 * Compiles rules, contracts and tools into one slice per tool. Contracts open tools to their agents, rules narrow; the most
 * restrictive effect wins. A set that is returned has passed Cedar's strict validation.
 */
export const compilePolicySet = (files: PolicyFiles): Compilation => {
  const reading = readPolicySet(files);
  if ('faults' in reading) return { ok: false, faults: reading.faults };
  const { set, rules } = reading;
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const fileOf = new Map(files.tools.map(({ id, document }) => [document.id, id]));
  const invalid = validated(set).map(({ tool, statement, message }): PolicyFault => {
    const rule = byName.get(statement);
    return rule
      ? { kind: 'policy', id: rule.file, rule: rule.name, pointer: rule.pointer, message: `for \`${tool}\`: ${message}` }
      : { kind: 'tool', id: fileOf.get(tool) ?? tool, pointer: '', message: `statement \`${statement}\`: ${message}` };
  });
  if (invalid.length > 0) return { ok: false, faults: invalid };
  const tools = files.tools.map(({ document }) => document);
  const contracts = files.contracts.map(({ document }) => document);
  return {
    ok: true,
    set,
    // For people who write rules: a service that only decides does not wait for them.
    get warnings() {
      return warningsOf(rules, { tools, contracts, slices: set.slices });
    },
  };
};

/** An engine that cannot even validate has not said that the set is good. */
const validated = (set: CompiledSet): ReturnType<typeof validateWithCedar> => {
  try {
    return validateWithCedar(set);
  } catch (fault) {
    return [{ tool: '', statement: '', message: messageOf(fault) }];
  }
};
