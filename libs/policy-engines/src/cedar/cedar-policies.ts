import { type Slice, type Statement, voterGroup } from '../compiled-set.js';
import { context, joined, value } from './cedar-expr.js';
import { clauses, isGiven } from './cedar-tests.js';
import type { Cedar } from './load-cedar.js';

/**
 * Statements as Cedar's JSON form, never as text: no rule, tool or value can break out of its place.
 * Principal: the agent, in its contract. Action: the tool. Resource: the outside system.
 */
export const AGENT = 'Agent';
export const CONTRACT = 'Contract';
export const TOOL = 'Action';
export const DESTINATION = 'Destination';

type Parts = Pick<Cedar.PolicyJson, 'effect' | 'conditions'> & { readonly principal?: Cedar.PrincipalConstraint; readonly annotations?: Record<string, string> };

const partsOf = (slice: Slice, statement: Statement): Parts => {
  switch (statement.kind) {
    case 'permit':
      return { effect: 'permit', principal: { op: 'in', entity: { type: CONTRACT, id: statement.contract } }, conditions: [] };
    case 'deny':
      return { effect: 'forbid', conditions: clauses(statement.when) };
    case 'ask': {
      const { tier, quorum, roles, within } = statement.ask;
      const answered = joined('&&', [
        { '>=': { left: context('approvals', 'tier'), right: value(tier) } },
        { '>=': { left: context('approvals', 'voters', voterGroup(roles)), right: value(quorum) } },
      ]);
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
