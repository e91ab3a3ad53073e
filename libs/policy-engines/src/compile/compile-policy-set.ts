import type { AgentContract, Pinned, PolicyFile, ToolContract } from '@countersign/domain';
import { messageOf, type Sha256 } from '@countersign/kernel';
import { validateWithCedar } from '../cedar/validate.js';
import type { CompiledSet, Slice } from '../compiled-set.js';
import type { PolicyFault } from './policy-fault.js';
import { readRules } from './read-rules.js';
import { agentsOf, sliceOf } from './slices.js';
import { vocabularyOf } from './vocabulary.js';
import { type PolicyWarning, warningsOf } from './warnings.js';
import { MAX_WEIGHT, weightOf } from './weight.js';

/** Everything that verdicts rest on: the rules, what contracts permit and how tools map their attributes. */
export interface PolicyFiles {
  readonly hash: Sha256;
  readonly policies: readonly Pinned<PolicyFile>[];
  readonly contracts: readonly Pinned<AgentContract>[];
  readonly tools: readonly Pinned<ToolContract>[];
}

/** A set that may be put in force, with what is odd about it; or all that is wrong. */
export type Compilation =
  | { readonly ok: true; readonly set: CompiledSet; readonly warnings: readonly PolicyWarning[] }
  | { readonly ok: false; readonly faults: readonly PolicyFault[] };

/**
 * Compiles rules, contracts and tools into one slice per tool. Contracts open tools to their agents, rules narrow; the most
 * restrictive effect wins. A set that is returned has passed Cedar's strict validation.
 */
export const compilePolicySet = (files: PolicyFiles): Compilation => {
  const tools = files.tools.map(({ document }) => document);
  const contracts = files.contracts.map(({ document }) => document);
  const vocabulary = vocabularyOf(tools, contracts);
  const { rules, faults: ruleFaults } = readRules(files.policies, vocabulary.terms);
  const { agents, faults: agentFaults } = agentsOf(files.contracts);
  const fileOf = { tool: new Map(files.tools.map(({ id, document }) => [document.id, id])), contract: new Map(files.contracts.map(({ id, document }) => [document.id, id])) };
  const faults: PolicyFault[] = [
    ...doubles('tool', files.tools),
    ...doubles('contract', files.contracts),
    ...vocabulary.faults.map((fault): PolicyFault => ({ ...fault, id: fileOf[fault.kind].get(fault.id) ?? fault.id })),
    ...agentFaults,
    ...ruleFaults,
  ];
  if (faults.length > 0) return { ok: false, faults };

  const slices = new Map(tools.map((tool) => [tool.id, sliceOf(tool, contracts, rules)]));
  const heavy = [...slices.values()].filter((slice) => weightOf(slice) > MAX_WEIGHT);
  if (heavy.length > 0) return { ok: false, faults: heavy.map((slice) => tooHeavy(slice, fileOf.tool)) };
  const set: CompiledSet = { hash: files.hash, agents, slices };
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const invalid = validated(set).map(({ tool, statement, message }): PolicyFault => {
    const rule = byName.get(statement);
    return rule
      ? { kind: 'policy', id: rule.file, rule: rule.name, pointer: rule.pointer, message: `for \`${tool}\`: ${message}` }
      : { kind: 'tool', id: fileOf.tool.get(tool) ?? tool, pointer: '', message: `statement \`${statement}\`: ${message}` };
  });
  return invalid.length > 0 ? { ok: false, faults: invalid } : { ok: true, set, warnings: warningsOf(rules, { tools, contracts, slices }) };
};

const tooHeavy = (slice: Slice, fileOf: ReadonlyMap<string, string>): PolicyFault => ({
  kind: 'tool',
  id: fileOf.get(slice.tool) ?? slice.tool,
  pointer: '',
  message: `the rules about \`${slice.tool}\` weigh ${weightOf(slice)}, and ${MAX_WEIGHT} is the most that is decided in time`,
});

/** Two files of one id would be merged into more than either of them says. */
const doubles = (kind: 'tool' | 'contract', files: readonly Pinned<{ readonly id: string }>[]): PolicyFault[] => {
  const seen = new Set<string>();
  return files.flatMap(({ id, document }) => {
    const fault: PolicyFault = { kind, id, pointer: '/id', message: `there are two ${kind}s \`${document.id}\`` };
    return seen.size === seen.add(document.id).size ? [fault] : [];
  });
};

/** An engine that cannot even validate has not said that the set is good. */
const validated = (set: CompiledSet): ReturnType<typeof validateWithCedar> => {
  try {
    return validateWithCedar(set);
  } catch (fault) {
    return [{ tool: '', statement: '', message: messageOf(fault) }];
  }
};
