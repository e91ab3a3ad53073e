import { sha256 } from '@countersign/kernel';
import { compileRules, denies, essence, policyContract, policyTool, requestOf } from '@countersign/testing';
import { describe, expect, it } from 'vitest';
import { cedarCall } from './cedar/cedar-call.js';
import { CedarEngine } from './cedar/cedar-engine.js';
import { cedarPolicies } from './cedar/cedar-policies.js';
import { cedarSchema } from './cedar/cedar-schema.js';
import { cedar } from './cedar/load-cedar.js';
import { validateWithCedar } from './cedar/validate.js';
import type { CompiledSet, Statement } from './compiled-set.js';
import type { PolicyEngine } from './engine.js';
import { OpaEngine } from './opa/opa-engine.js';

/** Each trap is shown first on Cedar alone, then on the engines that have to survive it. */
const ENGINES: readonly PolicyEngine[] = [new CedarEngine(), new OpaEngine()];

/** A set that the compiler would refuse or never make, as a fault of ours might. */
const handMade = (statement: Statement, attributes: CompiledSet['slices'] extends ReadonlyMap<string, infer S> ? S extends { readonly attributes: infer A } ? A : never : never, agent = 'acme/refund-desk'): CompiledSet => ({
  hash: sha256('hand-made'),
  agents: new Map([[agent, 'refund-desk']]),
  windows: new Map(),
  slices: new Map([['crm.export', { tool: 'crm.export', attributes, statements: [{ kind: 'permit', id: 'contract.refund-desk', contract: 'refund-desk' }, statement] }]]),
});

const tooMany: Statement = { kind: 'deny', id: 'limit', when: [{ attribute: 'rows', operator: '>', value: 10 }], code: 'rule.forbids', message: 'too many' };
const request = { ...requestOf({ tool: 'crm.export' }), attributes: { values: {}, invalid: [] } };

const alone = (condition: string, context: Record<string, unknown>): string => {
  const answer = cedar().isAuthorized({
    principal: { type: 'Agent', id: 'a' },
    action: { type: 'Action', id: 'crm.export' },
    resource: { type: 'Destination', id: 'd' },
    context: context as Record<string, string>,
    policies: { staticPolicies: { open: 'permit(principal, action, resource);', limit: `forbid(principal, action, resource) when { ${condition} };` } },
    entities: [],
  });
  return answer.type === 'failure' ? 'failure' : answer.response.decision;
};

describe('trap 1, a forbid that errors is skipped and the answer is allow', () => {
  it('is what Cedar does', () => {
    expect(alone('context.rows > 10', { rows: 'eleven' })).toBe('allow');
  });

  it.each(ENGINES)('denies when a rule cannot be evaluated, $name', (engine) => {
    const policy = engine.prepare(handMade(tooMany, { rows: 'text' }));
    expect(essence(policy.decide({ ...request, attributes: { values: { rows: 'eleven' }, invalid: [] } }))).toEqual({ deny: ['limit engine.error'] });
  });

  it('does not even compile a rule that could error', () => {
    expect(validateWithCedar(handMade(tooMany, { rows: 'text' })).map(({ tool, statement }) => `${tool} ${statement}`)).toEqual(['crm.export limit']);
  });
});

describe('trap 2, a malformed call throws', () => {
  it('is what Cedar does', () => {
    expect(() => alone('true', { note: '\ud800' })).toThrow('unexpected end of hex escape');
  });

  it.each(ENGINES)('denies when the engine throws, $name', (engine) => {
    const policy = engine.prepare(handMade(tooMany, { rows: 'integer' }, 'acme\ud800/refund-desk'));
    const strange = { ...request, tenant: 'acme\ud800', agent: 'spiffe://countersign.local/tenant/acme\ud800/workflow/refund-desk/agent/desk' };
    expect(essence(policy.decide(strange))).toEqual({ deny: ['engine engine.unavailable'] });
  });

  it.each(ENGINES)('denies when the engine has lost the set, $name', (engine) => {
    const policy = engine.prepare(handMade(tooMany, { rows: 'integer' }));
    policy.release();
    expect(essence(policy.decide(request))).toEqual({ deny: ['engine engine.unavailable'] });
  });
});

describe('trap 3, integers above 2^53 round silently and floats are refused', () => {
  it('is what Cedar and JSON do', () => {
    expect(alone('context.rows > 9007199254740992', { rows: JSON.parse('9007199254740993') as number })).toBe('allow');
    expect(alone('context.rows > 10', { rows: 10.5 })).toBe('failure');
  });

  it.each(ENGINES.flatMap((engine) => [9_007_199_254_740_992, 10.5, Number.NaN, Number.POSITIVE_INFINITY].map((rows) => [rows, engine.name, engine] as const)))('denies the number %s, %s', (rows, _, engine) => {
    const policy = engine.prepare(handMade(tooMany, { rows: 'integer' }));
    expect(essence(policy.decide({ ...request, attributes: { values: { rows }, invalid: [] } }))).toEqual({ deny: ['engine field.invalid'] });
  });
});

describe('trap 4, like is case-sensitive', () => {
  it('is what Cedar does', () => {
    expect(alone('context.tool like "*delete*"', { tool: 'crm.bulkDelete' })).toBe('allow');
  });

  it.each(ENGINES)('knows no tool of another spelling, so none slips past a pattern, $name', (engine) => {
    const policy = engine.prepare(compileRules([denies('never', '*.*delete*')]).set);
    expect(essence(policy.decide(requestOf({ tool: 'crm.bulk-Delete' })))).toEqual({ deny: ['tools tool.unknown'] });
  });
});

describe('trap 5, a guarded comparison never fires when the attribute is absent', () => {
  it('is what Cedar does', () => {
    expect(alone('context has rows && context.rows > 10', {})).toBe('allow');
  });

  it.each(ENGINES)('denies the call that does not say how many rows, $name', (engine) => {
    const policy = engine.prepare(compileRules([denies('limit', 'crm.export', { rows: '> 10' })]).set);
    expect(essence(policy.decide(requestOf({ tool: 'crm.export' })))).toEqual({ deny: ['limit field.missing'] });
  });
});

describe('trap 6, every entity costs time', () => {
  it('passes the agent in its contract, and nobody else', () => {
    const call = cedarCall('set', { tool: 'crm.export', agent: 'acme/refund-desk', contract: 'refund-desk', destination: 'crm', values: {}, facts: {} });
    expect(call.entities).toEqual([{ uid: { type: 'Agent', id: 'acme/refund-desk' }, attrs: {}, parents: [{ type: 'Contract', id: 'refund-desk' }] }]);
  });
});

describe('trap 7, the time of a decision grows with the number of policies', () => {
  it('gives a tool its permit, what is built in, its own rules and the global ones, and no others', () => {
    const tools = Array.from({ length: 100 }, (_, index) => policyTool(`system.tool-${index}`));
    const rules = [denies('global', '*'), ...tools.flatMap(({ id }, index) => Array.from({ length: 10 }, (_, nth) => denies(`rule-${index}-${nth}`, id)))];
    const { set } = compileRules(rules, tools, [policyContract('desk', ['acme'], 'desk', [], tools.map(({ id }) => id))]);
    expect(rules).toHaveLength(1_001);
    expect([...set.slices.values()].map(({ statements }) => statements.length)).toEqual(tools.map(() => 1 + 2 + 11));
  });

  it('loses no rule between the slices: together they are the whole set', () => {
    const { set } = compileRules([denies('global', '*'), denies('one', 'crm.export')]);
    const policies = [...set.slices].flatMap(([tool, slice]) => Object.keys(cedarPolicies(slice)).map((id) => `${tool} ${id}`));
    expect(policies.filter((each) => each.endsWith(' global'))).toHaveLength(set.slices.size);
    expect(policies).toContain('crm.export one');
  });
});

describe('strict validation', () => {
  it('refuses a rule that reads an attribute without asking whether it is there', () => {
    const slice = compileRules([]).set.slices.get('crm.export');
    const answer = cedar().validate({
      schema: slice ? cedarSchema(slice) : '',
      policies: { staticPolicies: { bare: 'forbid(principal, action == Action::"crm.export", resource) when { context.attributes.rows > 10 };' } },
    });
    expect(answer.type === 'success' && answer.validationErrors.map(({ error }) => error.message)).toEqual([
      'for policy `bare`, unable to guarantee safety of access to optional attribute `attributes.rows` in context for Action::"crm.export"',
    ]);
  });
});
