import type { AgentContract, ConfigurationFiles, Pinned, PolicyFile, ToolContract } from '@countersign/domain';
import { sha256, type Sha256 } from '@countersign/kernel';
import type { CompiledSet, Slice } from '../compiled-set.js';
import type { PolicyFault } from './policy-fault.js';
import { readRules, type Rule } from './read-rules.js';
import { agentsOf, sliceOf } from './slices.js';
import { vocabularyOf } from './vocabulary.js';
import { MAX_WEIGHT, weightOf } from './weight.js';

/** Everything that verdicts rest on: the rules, what contracts permit and how tools map their attributes. */
export interface PolicyFiles {
  readonly hash: Sha256;
  readonly policies: readonly Pinned<PolicyFile>[];
  readonly contracts: readonly Pinned<AgentContract>[];
  readonly tools: readonly Pinned<ToolContract>[];
}

/** Rules, contracts and tools, understood; no engine has looked at them. */
export type PolicyReading = { readonly set: CompiledSet; readonly rules: readonly Rule[] } | { readonly faults: readonly PolicyFault[] };

/** Reads rules, contracts and tools into one slice per tool; everything that is wrong with them is told at once. */
export const readPolicySet = (files: PolicyFiles): PolicyReading => {
  const tools = files.tools.map(({ document }) => document);
  const contracts = files.contracts.map(({ document }) => document);
  const vocabulary = vocabularyOf(tools, contracts);
  const { rules, faults: ruleFaults } = readRules(files.policies, vocabulary.terms);
  const { agents, windows, faults: agentFaults } = agentsOf(files.contracts);
  const fileOf = { tool: new Map(files.tools.map(({ id, document }) => [document.id, id])), contract: new Map(files.contracts.map(({ id, document }) => [document.id, id])) };
  const faults: PolicyFault[] = [
    ...doubles('tool', files.tools),
    ...doubles('contract', files.contracts),
    ...vocabulary.faults.map((fault): PolicyFault => ({ ...fault, id: fileOf[fault.kind].get(fault.id) ?? fault.id })),
    ...agentFaults,
    ...ruleFaults,
  ];
  if (faults.length > 0) return { faults };
  const slices = tools.map((tool) => sliceOf(tool, contracts, rules));
  const heavy = slices.filter((slice) => weightOf(slice) > MAX_WEIGHT);
  if (heavy.length > 0) return { faults: heavy.map((slice) => tooHeavy(slice, fileOf.tool.get(slice.tool) ?? slice.tool)) };
  return { set: { hash: files.hash, agents, windows, slices: new Map(slices.map((slice) => [slice.tool, slice])) }, rules };
};

const tooHeavy = (slice: Slice, id: string): PolicyFault => ({
  kind: 'tool',
  id,
  pointer: '',
  message: `the rules about \`${slice.tool}\` weigh ${weightOf(slice)}, and ${MAX_WEIGHT} is the most that is decided in time`,
});

/** Why files are no policy set, for readers that load no engine: a manifest with such files is void for all of them. */
export const policySetFaults = (files: Pick<ConfigurationFiles, 'policies' | 'contracts' | 'tools'>): readonly PolicyFault[] => {
  const reading = readPolicySet({ ...files, hash: sha256('') });
  return 'faults' in reading ? reading.faults : [];
};

/** Two files of one id would be merged into more than either of them says. */
const doubles = (kind: 'tool' | 'contract', files: readonly Pinned<{ readonly id: string }>[]): PolicyFault[] => {
  const seen = new Set<string>();
  return files.flatMap(({ id, document }) => {
    const fault: PolicyFault = { kind, id, pointer: '/id', message: `there are two ${kind}s \`${document.id}\`` };
    return seen.size === seen.add(document.id).size ? [fault] : [];
  });
};
