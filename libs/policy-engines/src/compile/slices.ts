import type { AgentContract, PolicyAttribute, ToolContract } from '@countersign/domain';
import { typeOfUnit } from '../attributes.js';
import { agentKey, type Slice, type Statement } from '../compiled-set.js';
import { describeRule } from './describe.js';
import type { PolicyFault } from './policy-fault.js';
import type { Rule } from './read-rules.js';
import { covers } from './tool-pattern.js';

const mapped = (tool: ToolContract): Slice['attributes'] =>
  Object.fromEntries(Object.entries(tool.attributes).map(([name, { unit }]: readonly [string, PolicyAttribute]) => [name, typeOfUnit(unit)]));

const permits = (tool: string, contracts: readonly AgentContract[]): Statement[] =>
  contracts
    .filter(({ tools }) => tools.read.includes(tool) || tools.write.includes(tool))
    .map(({ id }) => ({ kind: 'permit', id: `contract.${id}`, contract: id }));

const ruleStatement = (tool: string, { name, when, effect }: Rule): Statement => {
  const message = describeRule(tool, when);
  if (effect.action === 'deny') return { kind: 'deny', id: name, when, message };
  const { tier, quorum, roles, within } = effect;
  return { kind: 'ask', id: name, when, message, ask: { tier, quorum, roles: [...new Set(roles)].toSorted(), within } };
};

/** One for each attribute that a rule of the slice needs, in the name of the first such rule. */
const requirements = (tool: string, rules: readonly Rule[], attributes: Slice['attributes']): Statement[] => {
  const needs = new Map<string, string>();
  for (const rule of rules) for (const { attribute } of rule.when) if (!needs.has(attribute)) needs.set(attribute, rule.name);
  return [...needs].map(([attribute, rule]) => ({
    kind: 'require',
    id: `require.${attribute}`,
    rule,
    attribute,
    message: Object.hasOwn(attributes, attribute) ? `the call does not give \`${attribute}\`, which the rule needs` : `the contract of \`${tool}\` does not map \`${attribute}\`, which the rule needs`,
  }));
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** What is said about one tool. A rule on an attribute that the tool does not map can only deny, so it becomes its requirement alone. */
export const sliceOf = (tool: ToolContract, contracts: readonly AgentContract[], rules: readonly Rule[]): Slice => {
  const attributes = mapped(tool);
  const covering = rules.filter((rule) => covers(rule.tools, tool.id)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const answerable = covering.filter((rule) => rule.when.every(({ attribute }) => Object.hasOwn(attributes, attribute)));
  const statements = [...permits(tool.id, contracts), ...answerable.map((rule) => ruleStatement(tool.id, rule)), ...requirements(tool.id, covering, attributes)];
  return { tool: tool.id, attributes, statements: statements.toSorted(byId) };
};

/** Contract in force for each tenant and workflow; a second one for the same is a fault. */
export const agentsOf = (contracts: readonly { readonly id: string; readonly document: AgentContract }[]): { readonly agents: ReadonlyMap<string, string>; readonly faults: readonly PolicyFault[] } => {
  const agents = new Map<string, string>();
  const faults: PolicyFault[] = [];
  for (const { id: file, document } of contracts) {
    for (const tenant of document.tenants) {
      const key = agentKey(tenant, document.workflow);
      const owner = agents.get(key);
      if (owner === undefined) agents.set(key, document.id);
      else faults.push({ kind: 'contract', id: file, pointer: '/workflow', message: `\`${key}\` is also in contract \`${owner}\`` });
    }
  }
  return { agents, faults };
};
