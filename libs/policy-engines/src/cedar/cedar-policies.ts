import type { AttributeValue } from '../attributes.js';
import { type Comparison, type Slice, type Statement, voterGroup } from '../compiled-set.js';
import type { Cedar } from './load-cedar.js';

/**
 * Statements as Cedar's JSON form, never as text: no rule, tool or value can break out of its place.
 * Principal: the agent, in its contract. Action: the tool. Resource: the outside system.
 */
export const AGENT = 'Agent';
export const CONTRACT = 'Contract';
export const TOOL = 'Action';
export const DESTINATION = 'Destination';

const field = (of: string, name: string): Cedar.Expr => ({ '.': { left: { '.': { left: { Var: 'context' }, attr: of } }, attr: name } });
const attribute = (name: string): Cedar.Expr => field('attributes', name);
const value = (given: AttributeValue): Cedar.Expr => ({ Value: given });
const both = (left: Cedar.Expr, right: Cedar.Expr): Cedar.Expr => ({ '&&': { left, right } });

const isGiven = (name: string): Cedar.Expr => ({ has: { left: { '.': { left: { Var: 'context' }, attr: 'attributes' } }, attr: name } });

const pattern = (text: string): Cedar.PatternElem[] =>
  text.split('*').flatMap((literal, index): Cedar.PatternElem[] => [...(index > 0 ? (['Wildcard'] as const) : []), ...(literal === '' ? [] : [{ Literal: literal }])]);

const test = (comparison: Comparison): Cedar.Expr => {
  const left = attribute(comparison.attribute);
  switch (comparison.operator) {
    case '>':
      return { '>': { left, right: value(comparison.value) } };
    case '>=':
      return { '>=': { left, right: value(comparison.value) } };
    case '<':
      return { '<': { left, right: value(comparison.value) } };
    case '<=':
      return { '<=': { left, right: value(comparison.value) } };
    case '==':
      return { '==': { left, right: value(comparison.value) } };
    case '!=':
      return { '!=': { left, right: value(comparison.value) } };
    case 'in':
      return { contains: { left: { Set: comparison.values.map(value) }, right: left } };
    case 'not_in':
      return { '!': { arg: { contains: { left: { Set: comparison.values.map(value) }, right: left } } } };
    case 'matches':
      return { like: { left, pattern: pattern(comparison.pattern) } };
  }
};

/** One clause for each comparison: nested in one expression, many of them pass Cedar's recursion limit. */
const clauses = (when: readonly Comparison[]): Cedar.Clause[] => when.map((comparison) => ({ kind: 'when', body: both(isGiven(comparison.attribute), test(comparison)) }));

type Parts = Pick<Cedar.PolicyJson, 'effect' | 'conditions'> & { readonly principal?: Cedar.PrincipalConstraint; readonly annotations?: Record<string, string> };

const partsOf = (slice: Slice, statement: Statement): Parts => {
  switch (statement.kind) {
    case 'permit':
      return { effect: 'permit', principal: { op: 'in', entity: { type: CONTRACT, id: statement.contract } }, conditions: [] };
    case 'deny':
      return { effect: 'forbid', conditions: clauses(statement.when) };
    case 'ask': {
      const { tier, quorum, roles, within } = statement.ask;
      const answered = both({ '>=': { left: field('approvals', 'tier'), right: value(tier) } }, { '>=': { left: { '.': { left: field('approvals', 'voters'), attr: voterGroup(roles) } }, right: value(quorum) } });
      return {
        effect: 'forbid',
        conditions: [...clauses(statement.when), { kind: 'unless', body: answered }],
        annotations: { effect: 'require_approval', tier: String(tier), quorum: String(quorum), roles: roles.join(','), sla: `${within / 1_000}s` },
      };
    }
    case 'require':
      return { effect: 'forbid', conditions: Object.hasOwn(slice.attributes, statement.attribute) ? [{ kind: 'unless', body: isGiven(statement.attribute) }] : [] };
  }
};

const policyOf = (slice: Slice, statement: Statement): Cedar.PolicyJson => {
  const { principal = { op: 'All' }, annotations, ...rest } = partsOf(slice, statement);
  return { principal, action: { op: '==', entity: { type: TOOL, id: slice.tool } }, resource: { op: 'All' }, annotations: { id: statement.id, ...annotations }, ...rest };
};

/** The policies of a slice, by the ids of its statements. */
export const cedarPolicies = (slice: Slice): Record<string, Cedar.PolicyJson> => Object.fromEntries(slice.statements.map((statement) => [statement.id, policyOf(slice, statement)]));
