import { tellsDestinations, type AgentContract, type PolicyEffect, type ToolContract } from '@countersign/domain';
import { isComparison, type Slice } from '../compiled-set.js';
import { contradictions, implies } from './implies.js';
import { isRequired } from './optional-argument.js';
import type { PolicyFault } from './policy-fault.js';
import type { Rule } from './read-rules.js';
import { isInScope } from './scope.js';
import { neverOf } from './never.js';
import { listing, needsDestinations } from './slices.js';

/** What is odd about a rule, and no reason to refuse it. The list is closed. */
export const WARNING_CODES = {
  'tool.none': 'no tool is as the rule says',
  'tool.unlisted': 'no agent contract lists any of the tools',
  'rule.never': 'no call passes what the rule says',
  'rule.shadowed': 'another rule is at least as strict about at least the same calls',
  'attribute.unmapped': 'a tool maps no such attribute, so all its calls are denied',
  'attribute.optional': 'the argument behind an attribute may be left out, and calls without it are denied',
  'destination.undeclared': 'a tool does not say which arguments are destinations, so the rule never speaks of its calls',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;

export interface PolicyWarning extends PolicyFault {
  readonly rule: string;
  readonly code: WarningCode;
}

/** What rules are held against. */
export interface World {
  readonly tools: readonly ToolContract[];
  readonly contracts: readonly AgentContract[];
  readonly slices: ReadonlyMap<string, Slice>;
}

const warning = ({ name, file, pointer }: Rule, code: WarningCode, where: string, message: string): PolicyWarning => ({ kind: 'policy', id: file, rule: name, code, pointer: `${pointer}${where}`, message });

const aboutTools = (rule: Rule, inScope: readonly ToolContract[], { contracts }: World): readonly PolicyWarning[] => {
  const { name, scope } = rule;
  if (inScope.length === 0) return [warning(rule, 'tool.none', '/if/tool', `no tool matches \`${scope.tools}\`${scope.risks.length > 0 || scope.effects.length === 1 ? ' with this effect and risk' : ''}, so rule \`${name}\` has no effect`)];
  if (inScope.some(({ id }) => listing(id, contracts).length > 0)) return [];
  return [warning(rule, 'tool.unlisted', '/if/tool', `no agent contract lists ${inScope.length === 1 ? `\`${inScope[0]?.id}\`` : `a tool that matches \`${scope.tools}\``}, so rule \`${name}\` has no effect`)];
};

/** Nothing a rule says about an attribute can make up for a tool that does not have it. */
const aboutAttributes = (rule: Rule, tool: ToolContract, { slices }: World): readonly PolicyWarning[] =>
  [...new Set(rule.when.filter(isComparison).map(({ attribute }) => attribute))].flatMap((attribute) => {
    const where = `/if/${attribute}`;
    const mapped = tool.attributes[attribute];
    if (!Object.hasOwn(slices.get(tool.id)?.attributes ?? {}, attribute)) return [warning(rule, 'attribute.unmapped', where, `\`${tool.id}\` maps no \`${attribute}\`, so rule \`${rule.name}\` denies every call of it`)];
    if (!mapped || isRequired(tool.args, mapped.arg)) return [];
    return [warning(rule, 'attribute.optional', where, `\`${tool.id}\` can be called without \`${mapped.arg}\`, and rule \`${rule.name}\` denies the calls that lack \`${attribute}\``)];
  });

const aboutDestinations = (rule: Rule, tool: ToolContract): readonly PolicyWarning[] => {
  const asking = rule.when.flatMap((test) => (!isComparison(test) && (test.fact === 'destination' || test.fact === 'origin') ? [test.fact] : []));
  if (tellsDestinations(tool)) return [];
  return asking.map((key) => warning(rule, 'destination.undeclared', `/if/${key}`, `\`${tool.id}\` declares no destinations, so rule \`${rule.name}\` never speaks of its calls`));
};

const aboutValues = (rule: Rule, { slices }: World): readonly PolicyWarning[] => {
  const types = Object.assign({}, ...[...slices.values()].map(({ attributes }) => attributes)) as Slice['attributes'];
  return contradictions(rule.when, (attribute) => types[attribute] === 'integer').map((attribute) => warning(rule, 'rule.never', `/if/${attribute}`, `no \`${attribute}\` is all of this, so rule \`${rule.name}\` never fires`));
};

/**
 * A rule need not speak of every tool in its scope, so it is told only where it speaks of none; what no contract lists counts only where
 * nothing else is left. Tools without destinations are told of by a warning of their own.
 */
const aboutCalls = (rule: Rule, inScope: readonly ToolContract[], world: World): readonly PolicyWarning[] => {
  const listed = inScope.filter(({ id }) => listing(id, world.contracts).length > 0);
  const tools = (listed.length > 0 ? listed : inScope).filter((tool) => tellsDestinations(tool) || !rule.when.some(needsDestinations));
  const found = tools.map((tool) => neverOf(rule.when, tool, world));
  if (found.some(({ length }) => length === 0)) return [];
  const once = new Map(found.flat().map((each) => [`${each.key} ${each.why}`, each]));
  return [...once.values()].map(({ key, why }) => warning(rule, 'rule.never', `/if/${key}`, `${why}, so rule \`${rule.name}\` never fires`));
};

/** Whether an effect leaves nothing for another to add. */
const isAtLeast = (strict: PolicyEffect, mild: PolicyEffect): boolean => {
  if (strict.action === 'deny') return true;
  if (mild.action === 'deny') return false;
  const fewerRoles = mild.roles.length === 0 || (strict.roles.length > 0 && strict.roles.every((role) => mild.roles.includes(role)));
  return strict.tier >= mild.tier && strict.quorum >= mild.quorum && strict.within <= mild.within && fewerRoles;
};

const shadows = (wide: Rule, narrow: Rule, toolsOf: ReadonlyMap<Rule, readonly ToolContract[]>): boolean => {
  const covered = new Set(toolsOf.get(wide));
  return isAtLeast(wide.effect, narrow.effect) && (toolsOf.get(narrow) ?? []).every((tool) => covered.has(tool)) && implies(narrow.when, wide.when);
};

/** Of two rules that say the same, the later one is told. */
const aboutShadows = (rules: readonly Rule[], toolsOf: ReadonlyMap<Rule, readonly ToolContract[]>): readonly PolicyWarning[] =>
  rules.flatMap((rule, index) => {
    if ((toolsOf.get(rule) ?? []).length === 0) return [];
    const other = rules.find((each, at) => each !== rule && shadows(each, rule, toolsOf) && (at < index || !shadows(rule, each, toolsOf)));
    return other ? [warning(rule, 'rule.shadowed', '', `rule \`${other.name}\` says at least the same of at least the same calls, so rule \`${rule.name}\` adds nothing`)] : [];
  });

/** Everything that is odd, in the order of the rules. */
export const warningsOf = (rules: readonly Rule[], world: World): readonly PolicyWarning[] => {
  const toolsOf = new Map(rules.map((rule) => [rule, world.tools.filter((tool) => isInScope(rule.scope, tool))]));
  const shadowed = Map.groupBy(aboutShadows(rules, toolsOf), ({ rule }) => rule);
  return rules.flatMap((rule) => {
    const inScope = toolsOf.get(rule) ?? [];
    return [
      ...aboutTools(rule, inScope, world),
      ...aboutValues(rule, world),
      ...aboutCalls(rule, inScope, world),
      ...inScope.flatMap((tool) => [...aboutAttributes(rule, tool, world), ...aboutDestinations(rule, tool)]),
      ...(shadowed.get(rule.name) ?? []),
    ];
  });
};
