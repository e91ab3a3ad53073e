import { DEFAULT_TIER, tellsDestinations, type AgentContract, type PolicyAttribute, type ToolContract } from '@countersign/domain';
import { typeOfUnit } from '../attributes.js';
import { agentKey, type Ask, type CompiledSet, isComparison, type Slice, type Statement, type Test, type Window } from '../compiled-set.js';
import { builtIns } from './built-ins.js';
import { describeRule } from './describe.js';
import type { PolicyFault } from './policy-fault.js';
import type { Rule } from './read-rules.js';
import { readWindows } from './read-window.js';
import { isInScope } from './scope.js';

const typesOf = (named: Readonly<Record<string, Pick<PolicyAttribute, 'unit'>>>): Slice['attributes'] => Object.fromEntries(Object.entries(named).map(([name, { unit }]) => [name, typeOfUnit(unit)]));

/** Contracts whose agents may call a tool. */
export const listing = (tool: string, contracts: readonly AgentContract[]): readonly AgentContract[] => contracts.filter(({ tools }) => tools.read.includes(tool) || tools.write.includes(tool));

/** Whether a call that gives no place can never pass. */
export const needsDestinations = (test: Test): boolean => !isComparison(test) && (test.fact === 'destination' || test.fact === 'origin');

const ruleStatement = (tool: ToolContract, { name, when, effect }: Rule): Statement => {
  const message = describeRule(tool.id, when);
  if (effect.action === 'deny') return { kind: 'deny', id: name, when, code: 'rule.forbids', message };
  const { tier, quorum, roles, within, remind, escalate, escalateTo } = effect;
  const ask: Ask = {
    // What cannot be taken back is not done first and told then.
    tier: tool.reversible === false ? Math.max(tier, DEFAULT_TIER) : tier,
    quorum,
    roles: [...new Set(roles)].toSorted(),
    within,
    ...(remind !== undefined && { remind }),
    ...(escalate !== undefined && { escalate }),
    ...(escalateTo && { escalateTo: [...new Set(escalateTo)].toSorted() }),
  };
  return { kind: 'ask', id: name, when, code: 'rule.asks', message, ask };
};

/** One for each attribute that a rule of the slice needs, in the name of the first such rule. */
const requirements = (tool: string, rules: readonly Rule[], attributes: Slice['attributes']): Statement[] => {
  const needs = new Map<string, string>();
  for (const rule of rules) for (const { attribute } of rule.when.filter(isComparison)) if (!needs.has(attribute)) needs.set(attribute, rule.name);
  return [...needs].map(([attribute, rule]) => ({
    kind: 'require',
    id: `require.${attribute}`,
    rule,
    attribute,
    message: Object.hasOwn(attributes, attribute) ? `the call does not give \`${attribute}\`, which the rule needs` : `the contract of \`${tool}\` does not map \`${attribute}\`, which the rule needs`,
  }));
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/**
 * What is said about one tool. A rule on an attribute that the tool does not map can only deny, so it becomes its requirement alone;
 * one on destinations that no call tells never speaks.
 */
export const sliceOf = (tool: ToolContract, contracts: readonly AgentContract[], rules: readonly Rule[]): Slice => {
  const listedBy = listing(tool.id, contracts);
  const attributes = Object.assign({}, ...listedBy.map(({ context }) => typesOf(context)), typesOf(tool.attributes)) as Slice['attributes'];
  const inScope = rules.filter(({ scope }) => isInScope(scope, tool)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const answerable = inScope.filter(({ when }) => when.every((test) => (isComparison(test) ? Object.hasOwn(attributes, test.attribute) : tellsDestinations(tool) || !needsDestinations(test))));
  const permits = listedBy.map(({ id }): Statement => ({ kind: 'permit', id: `contract.${id}`, contract: id }));
  const statements = [...permits, ...builtIns(tool), ...answerable.map((rule) => ruleStatement(tool, rule)), ...requirements(tool.id, inScope, attributes)];
  return { tool: tool.id, attributes, statements: statements.toSorted(byId) };
};

interface Agents extends Pick<CompiledSet, 'agents' | 'windows'> {
  readonly faults: readonly PolicyFault[];
}

/** Contract in force for each tenant and workflow, and when it lets its agents act; a second one for the same is a fault. */
export const agentsOf = (contracts: readonly { readonly id: string; readonly document: AgentContract }[]): Agents => {
  const agents = new Map<string, string>();
  const windows = new Map<string, readonly Window[]>();
  const faults: PolicyFault[] = [];
  for (const { id: file, document } of contracts) {
    const readings = document.windows.map(readWindows);
    for (const [index, reading] of readings.entries()) if ('fault' in reading) faults.push({ kind: 'contract', id: file, pointer: `/windows/${index}`, message: reading.fault });
    if (readings.length > 0) windows.set(document.id, readings.flatMap((reading) => ('value' in reading ? reading.value : [])));
    for (const tenant of document.tenants) {
      const key = agentKey(tenant, document.workflow);
      const owner = agents.get(key);
      if (owner === undefined) agents.set(key, document.id);
      else faults.push({ kind: 'contract', id: file, pointer: '/workflow', message: `\`${key}\` is also in contract \`${owner}\`` });
    }
  }
  return { agents, windows, faults };
};
