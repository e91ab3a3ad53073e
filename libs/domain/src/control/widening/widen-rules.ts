import { canonicalJson, type Json } from '@countersign/kernel';
import type { AgentContract } from '../../config/agent-contract.js';
import type { Pinned } from '../../config/document.js';
import type { PolicyEffect, PolicyFile, PolicyRule } from '../../config/policy-file.js';
import { attributesOf, conditionsOf, isAbout, isAsStrict, isScoped, standsFor, toolsOf } from './rule-cover.js';
import { same } from './narrowing.js';
import type { Widening } from './widening.js';

const WORDS: Readonly<Record<string, string>> = { '>': 'above', '>=': 'at least', '<': 'below', '<=': 'at most', '==': '', '!=': 'not' };
const EXPRESSION = /^\s*(>=|<=|==|!=|>|<)\s*(\S.*?)\s*$/s;

/** `amount_usd above 100`; what is no comparison stands as it is written. */
const conditionText = ([key, condition]: readonly [string, Json]): string => {
  const [, operator = '', value = ''] = (typeof condition === 'string' ? EXPRESSION.exec(condition) : null) ?? [];
  if (operator !== '') return [key, WORDS[operator], value].filter((word) => word !== '').join(' ');
  return `${key} ${typeof condition === 'string' ? condition : canonicalJson(condition)}`;
};

const withConditions = (tool: string, rule: PolicyRule, but?: PolicyRule): string => {
  const conditions = conditionsOf(rule).map(conditionText).join(' and ');
  // Where another rule of this name still stands for a part, that part is not what becomes possible.
  const rest = but ? conditionsOf(but).filter(([key, condition]) => !same(rule.if[key], condition)).map(conditionText).join(' and ') : '';
  return `${tool}${conditions === '' ? '' : ` with ${conditions}`}${rest === '' ? '' : ` (and not ${rest})`}`;
};

const peopleOf = (effect: PolicyEffect): string =>
  effect.action === 'deny' ? 'nobody' : `tier ${effect.tier}, ${effect.quorum} ${effect.roles.length === 0 ? 'of any role' : `of ${effect.roles.join(', ')}`}`;

/** What a call of a tool can do once a rule does no more what it did. */
const lostText = (tool: string, rule: PolicyRule, now: PolicyRule | undefined): string => {
  if (now && !isAsStrict(now.then, rule.then)) {
    const gate = now.then.action === 'deny' ? 'denied otherwise' : `with approval by ${peopleOf(now.then)}`;
    return `${withConditions(tool, rule)} ${gate}, which took ${rule.then.action === 'deny' ? 'more than anybody can give' : peopleOf(rule.then)} (rule \`${rule.name}\`)`;
  }
  const freed = withConditions(tool, rule, now);
  return rule.then.action === 'deny' ? `${freed}, which was denied (rule \`${rule.name}\`)` : `${freed} without approval (rule \`${rule.name}\`)`;
};

const rulesOf = (files: readonly Pinned<PolicyFile>[]): readonly { readonly file: string; readonly rule: PolicyRule }[] =>
  files.flatMap(({ id, document }) => document.policies.map((rule) => ({ file: id, rule })));

const readBy = (rules: readonly PolicyRule[], tool: string): ReadonlySet<string> => new Set(rules.filter((rule) => isAbout(rule, tool)).flatMap(attributesOf));

/** A call without an attribute that some rule of its tool speaks of is denied: this lets such calls through once no rule speaks of it. */
const freedAttributes = (before: readonly PolicyRule[], after: readonly PolicyRule[], tool: string): readonly string[] => {
  if (after.some((rule) => isAbout(rule, tool) && rule.then.action === 'deny' && conditionsOf(rule).length === 0)) return [];
  // A rule with `effect` or `risk` may be about other tools only.
  const needed = readBy(
    after.filter((rule) => !isScoped(rule)),
    tool,
  );
  return [...readBy(before, tool)].filter((attribute) => !needed.has(attribute));
};

/** What rules no longer stop, for each agent that may call the tool. A rule may move, be renamed or be split as long as others stand for it. */
export const widenRules = (before: readonly Pinned<PolicyFile>[], after: readonly Pinned<PolicyFile>[], contracts: readonly AgentContract[]): readonly Widening[] => {
  const [old, now] = [rulesOf(before), rulesOf(after)];
  const rules = now.map(({ rule }) => rule);
  return contracts.flatMap(({ id: contract, tenants, tools }) =>
    [...tools.read, ...tools.write].flatMap((tool) => {
      const widening = (file: string, what: string): Widening => ({ kind: 'policy', id: file, contract, tenants, tool, what });
      const lost = old
        .filter(({ rule }) => (toolsOf(rule) === undefined ? !rules.some((other) => same(other, rule)) : isAbout(rule, tool) && !rules.some((other) => standsFor(other, rule, tool))))
        .map(({ file, rule }) => ({ file, rule, now: rules.find((other) => other.name === rule.name && isAbout(other, tool)) }));
      const told = new Set(lost.flatMap(({ rule }) => conditionsOf(rule).map(([key]) => key)));
      const freed = freedAttributes(
        old.map(({ rule }) => rule),
        rules,
        tool,
      ).filter((attribute) => !told.has(attribute));
      return [
        ...lost.map(({ file, rule, now: other }) => widening(file, lostText(tool, rule, other))),
        ...freed.map((attribute) => widening(old.find(({ rule }) => Object.hasOwn(rule.if, attribute) && isAbout(rule, tool))?.file ?? '', `${tool} without \`${attribute}\`, which a rule needed`)),
      ];
    }),
  );
};
