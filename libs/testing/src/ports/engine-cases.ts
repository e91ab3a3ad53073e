import type { PolicyRule } from '@countersign/domain';
import { hours } from '@countersign/kernel';
import { asks, denies, THREE_RULES } from './engine-rules.js';
import { vote, type Call } from './engine-world.js';

/** What every engine has to say to a call under some rules; the order of the rules has no meaning. */
export interface EngineCase {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly call: Call;
  readonly expect: unknown;
}

const PERMITTED = { allow: ['contract.refund-desk'] };
const deny = (...reasons: readonly string[]): unknown => ({ deny: reasons });
const ask = (reasons: readonly string[], tier = 2, quorum = 1, roles: readonly string[] = [], within = hours(24)): unknown => ({ ask: reasons, tier, quorum, roles, within });

const refund = (cents: unknown, more: Partial<Call> = {}): Call => ({ tool: 'payments.refund', args: { amount_cents: cents as number, currency: 'usd' }, ...more });
const pay = (currency: unknown): Call => ({ tool: 'payments.refund', args: { amount_cents: 100, currency: currency as string } });
const exported = (rows: unknown): Call => ({ tool: 'crm.export', args: { rows: rows as number } });
const mail = (address: string): Call => ({ tool: 'mail.send', args: { to: { address } } });
const person = 'spiffe://countersign.local/human/ada';

const DEFAULT_DENY: readonly EngineCase[] = [
  { name: 'a tool that the contract lists for writing is allowed', rules: [], call: refund(500), expect: PERMITTED },
  { name: 'a tool that the contract lists for reading is allowed', rules: [], call: { tool: 'payments.get' }, expect: PERMITTED },
  { name: 'another tenant of the same contract is allowed', rules: [], call: { tool: 'payments.get', tenant: 'globex' }, expect: PERMITTED },
  { name: 'a tool that the contract does not list is denied', rules: [], call: { tool: 'admin.grant' }, expect: deny('contract.refund-desk tool.not-permitted') },
  { name: 'a tool that nobody published is denied', rules: [], call: { tool: 'payments.steal' }, expect: deny('tools tool.unknown') },
  { name: 'the upper-case spelling of a tool is no tool', rules: [], call: { tool: 'Payments.Get' }, expect: deny('tools tool.unknown') },
  { name: 'a tenant that no contract covers is denied', rules: [], call: { tool: 'payments.get', tenant: 'initech' }, expect: deny('contracts agent.unknown') },
  { name: 'a workflow that no contract covers is denied', rules: [], call: { tool: 'payments.get', workflow: 'payroll' }, expect: deny('contracts agent.unknown') },
  { name: 'a contract of one tenant does not cover another', rules: [], call: { tool: 'admin.grant', tenant: 'globex', workflow: 'admin' }, expect: deny('contracts agent.unknown') },
  { name: 'an agent of another tenant is denied', rules: [], call: { tool: 'payments.get', agent: 'spiffe://countersign.local/tenant/globex/workflow/refund-desk/agent/desk' }, expect: deny('contracts agent.unknown') },
  { name: 'an agent of another workflow is denied', rules: [], call: { tool: 'payments.get', agent: 'spiffe://countersign.local/tenant/acme/workflow/admin/agent/desk' }, expect: deny('contracts agent.unknown') },
  { name: 'a person is no agent', rules: [], call: { tool: 'payments.get', agent: person }, expect: deny('contracts agent.unknown') },
  { name: 'no principal is no agent', rules: [], call: { tool: 'payments.get', agent: '' }, expect: deny('contracts agent.unknown') },
  { name: 'a rule does not open what no contract lists', rules: [asks('look', 'admin.grant')], call: { tool: 'admin.grant' }, expect: deny('contract.refund-desk tool.not-permitted') },
];

/** Operator, text of the rule, value of the call, whether the rule fires. */
const ROWS: readonly (readonly [string, number, boolean])[] = [
  ['> 10', 11, true],
  ['> 10', 10, false],
  ['>= 10', 10, true],
  ['>= 10', 9, false],
  ['< 10', 9, true],
  ['< 10', 10, false],
  ['<= 10', 10, true],
  ['<= 10', 11, false],
  ['== 10', 10, true],
  ['== 10', 11, false],
  ['!= 10', 11, true],
  ['!= 10', 10, false],
  ['in [10, 20]', 20, true],
  ['in [10, 20]', 15, false],
  ['not_in [10, 20]', 15, true],
  ['not_in [10, 20]', 10, false],
  ['> 0', 0, false],
  ['<= 9007199254740991', 9_007_199_254_740_991, true],
];

const AMOUNTS: readonly (readonly [string, number, boolean])[] = [
  ['> 100', 10_001, true],
  ['> 100', 10_000, false],
  ['>= 99.99', 9_999, true],
  ['>= 99.99', 9_998, false],
  ['> 0.1', 11, true],
  ['> 0.1', 10, false],
  ['== 12.30', 1_230, true],
  ['in [1, 2.50]', 250, true],
];

const TEXTS: readonly (readonly [string, string, boolean])[] = [
  ['== eur', 'eur', true],
  ['== eur', 'EUR', false],
  ['!= usd', 'eur', true],
  ['!= usd', 'usd', false],
  ['in [eur, "gbp"]', 'gbp', true],
  ["in ['eur', gbp]", 'eur', true],
  ['in [eur, gbp]', 'usd', false],
  ['not_in [usd, eur]', 'USD', true],
  ['not_in [usd, eur]', 'eur', false],
  ['== "a, b"', 'a, b', true],
  ['== "quote\\" and \\\\"', 'quote" and \\', true],
  ['== "\\" || true || \\""', 'usd', false],
];

const PATTERNS: readonly (readonly [string, string, boolean])[] = [
  ['matches *@example.com', 'ada@example.com', true],
  ['matches *@example.com', 'ada@example.com.evil.test', false],
  ['matches ceo@*', 'ceo@example.com', true],
  ['matches *@*.test', 'ada@mail.test', true],
  ['matches *a*b*', 'b then a', false],
  ['matches ada@example.com', 'ada@example.com', true],
  ['matches *', '', true],
  ['matches *.*', 'ax', false],
  ['matches *é*', 'née@example.com', true],
];

const operatorCases = (key: string, tool: string, table: readonly (readonly [string, number | string, boolean])[], call: (value: never) => Call): readonly EngineCase[] =>
  table.map(([condition, value, fires]) => ({
    name: `\`${key}: ${condition}\` ${fires ? 'fires' : 'does not fire'} at \`${value}\``,
    rules: [denies('rule', tool, { [key]: condition })],
    call: call(value as never),
    expect: fires ? deny('rule rule.forbids') : PERMITTED,
  }));

const SHORTHANDS: readonly EngineCase[] = [
  { name: 'a bare number means ==', rules: [denies('rule', 'crm.export', { rows: 7 })], call: exported(7), expect: deny('rule rule.forbids') },
  { name: 'a list means in', rules: [denies('rule', 'payments.refund', { currency: ['eur', 'gbp'] })], call: pay('gbp'), expect: deny('rule rule.forbids') },
  { name: 'a list of amounts is in dollars', rules: [denies('rule', 'payments.refund', { amount_usd: [1, '2.50'] })], call: refund(250), expect: deny('rule rule.forbids') },
  { name: 'a rule fires when all conditions hold', rules: [denies('rule', 'payments.refund', { amount_usd: '> 1', currency: '== usd' })], call: refund(101), expect: deny('rule rule.forbids') },
  { name: 'a rule does not fire when one condition fails', rules: [denies('rule', 'payments.refund', { amount_usd: '> 1', currency: '== eur' })], call: refund(101), expect: PERMITTED },
];

const GLOBS: readonly EngineCase[] = [
  { name: 'a pattern covers a part of a name', rules: [denies('rule', '*.*delete*')], call: { tool: 'crm.bulk-delete' }, expect: deny('rule rule.forbids') },
  { name: 'a pattern leaves other tools alone', rules: [denies('rule', '*.*delete*')], call: { tool: 'payments.get' }, expect: PERMITTED },
  { name: 'a pattern covers a whole system', rules: [denies('rule', 'crm.*')], call: exported(1), expect: deny('rule rule.forbids') },
  { name: 'a star covers every tool', rules: [denies('rule', '*')], call: { tool: 'payments.get' }, expect: deny('rule rule.forbids') },
  { name: 'a dot is a dot', rules: [denies('rule', 'payments-get')], call: { tool: 'payments.get' }, expect: PERMITTED },
];

const limit = [denies('rule', 'crm.export', { rows: '> 10' })];
const MISSING: readonly EngineCase[] = [
  { name: 'a call without the attribute is denied', rules: limit, call: { tool: 'crm.export' }, expect: deny('rule field.missing') },
  { name: 'a tool that does not map the attribute is denied', rules: [denies('rule', 'payments.*', { amount_usd: '> 100' })], call: { tool: 'payments.get' }, expect: deny('rule field.missing') },
  { name: 'nobody is asked about a call without the attribute', rules: [asks('rule', 'crm.export', { rows: '> 10' })], call: { tool: 'crm.export' }, expect: deny('rule field.missing') },
  { name: 'a missing attribute that no rule needs is no matter', rules: [], call: { tool: 'crm.export' }, expect: PERMITTED },
  { name: 'a missing attribute denies although the other condition fails', rules: [denies('rule', 'payments.refund', { amount_usd: '> 1', currency: '== eur' })], call: { tool: 'payments.refund', args: { currency: 'usd' } }, expect: deny('rule field.missing') },
  ...([['a text', '11'], ['a fraction', 10.5], ['a number beyond 2^53', 9_007_199_254_740_992], ['a negative number', -1], ['null', null], ['a flag', true], ['a list', [11]], ['a huge number', 1e300]] as const).map(
    ([what, value]): EngineCase => ({ name: `${what} in place of a count is denied`, rules: limit, call: exported(value), expect: deny('engine field.invalid') }),
  ),
  { name: 'an invalid attribute is denied although no rule needs it', rules: [], call: exported(1.5), expect: deny('engine field.invalid') },
  { name: 'a number in place of a text is denied', rules: [], call: pay(5), expect: deny('engine field.invalid') },
  { name: 'half a surrogate pair is denied', rules: [], call: pay('\ud800'), expect: deny('engine field.invalid') },
  { name: 'an argument called like an entity of the engine is only text', rules: [denies('rule', 'payments.refund', { currency: '== eur' })], call: pay('{"__entity":{"type":"Agent","id":"x"}}'), expect: PERMITTED },
];

const two = [asks('look', 'payments.refund', { amount_usd: '> 100' }, { quorum: 2, roles: ['finance'] })];
const ASKS: readonly EngineCase[] = [
  { name: 'a rule asks above its limit', rules: THREE_RULES, call: refund(10_001), expect: ask(['refund_requires_approval rule.asks']) },
  { name: 'nobody is asked at the limit', rules: THREE_RULES, call: refund(10_000), expect: PERMITTED },
  { name: 'an export above the limit is denied', rules: THREE_RULES, call: exported(1_001), expect: deny('no_bulk_export rule.forbids') },
  { name: 'an export at the limit is allowed', rules: THREE_RULES, call: exported(1_000), expect: PERMITTED },
  { name: 'a delete is denied', rules: THREE_RULES, call: { tool: 'crm.bulk-delete' }, expect: deny('no_delete_in_v1 rule.forbids') },
  { name: 'a vote answers', rules: THREE_RULES, call: refund(10_001, { votes: { ada: ['support'] } }), expect: PERMITTED },
  { name: 'one vote of two is too few', rules: two, call: refund(10_001, { votes: { ada: ['finance'] } }), expect: ask(['look rule.asks'], 2, 2, ['finance']) },
  { name: 'two votes of two people answer', rules: two, call: refund(10_001, { votes: { ada: ['finance'], bob: ['finance', 'support'] } }), expect: PERMITTED },
  { name: 'two votes of one person count once', rules: two, call: refund(10_001, { votes: { ada: ['finance'] }, again: [vote('ada', ['finance'])] }), expect: ask(['look rule.asks'], 2, 2, ['finance']) },
  { name: 'a vote of another role does not count', rules: two, call: refund(10_001, { votes: { ada: ['finance'], bob: ['support'] } }), expect: ask(['look rule.asks'], 2, 2, ['finance']) },
  { name: 'a vote at a lower tier does not answer', rules: [asks('look', 'payments.refund', {}, { tier: 4 })], call: refund(1, { votes: { ada: ['finance'] }, tier: 2 }), expect: ask(['look rule.asks'], 4) },
  { name: 'a vote at the tier answers', rules: [asks('look', 'payments.refund', {}, { tier: 4 })], call: refund(1, { votes: { ada: ['finance'] }, tier: 4 }), expect: PERMITTED },
  { name: 'a denial wins over a question', rules: [asks('look', 'payments.refund'), denies('never', 'payments.refund', { amount_usd: '> 500' })], call: refund(50_001), expect: deny('never rule.forbids') },
  { name: 'votes do not lift a denial', rules: [denies('never', 'payments.refund')], call: refund(1, { votes: { ada: ['finance'] }, tier: 4 }), expect: deny('never rule.forbids') },
  { name: 'votes do not open what no contract lists', rules: [asks('look', 'admin.grant')], call: { tool: 'admin.grant', votes: { ada: ['finance'] } }, expect: deny('contract.refund-desk tool.not-permitted') },
  { name: 'two denials are both told', rules: [denies('b', '*'), denies('a', 'payments.*')], call: { tool: 'payments.get' }, expect: deny('a rule.forbids', 'b rule.forbids') },
  {
    name: 'the strictest of two questions is asked',
    rules: [asks('a', 'payments.refund', {}, { tier: 3, quorum: 1, roles: ['finance', 'risk'], within: hours(4) }), asks('b', 'payments.*', {}, { tier: 2, quorum: 2, roles: ['risk', 'support'], within: hours(8) })],
    call: refund(1),
    expect: ask(['a rule.asks', 'b rule.asks'], 3, 2, ['risk'], hours(4)),
  },
  { name: 'any approver and a named role make the named role', rules: [asks('a', 'payments.refund'), asks('b', 'payments.*', {}, { roles: ['risk'] })], call: refund(1), expect: ask(['a rule.asks', 'b rule.asks'], 2, 1, ['risk']) },
  { name: 'questions that share no role are denied', rules: [asks('a', 'payments.refund', {}, { roles: ['finance'] }), asks('b', 'payments.*', {}, { roles: ['risk'] })], call: refund(1), expect: deny('a rule.asks', 'b rule.asks', 'engine approval.unsatisfiable') },
  { name: 'a question that is answered is not asked again', rules: [asks('a', 'payments.refund', {}, { roles: ['finance'] }), asks('b', 'payments.*', {}, { quorum: 2, roles: ['finance'] })], call: refund(1, { votes: { ada: ['finance'] } }), expect: ask(['b rule.asks'], 2, 2, ['finance']) },
];

export const ENGINE_CASES: readonly EngineCase[] = [
  ...DEFAULT_DENY,
  ...operatorCases('rows', 'crm.export', ROWS, exported),
  ...operatorCases('amount_usd', 'payments.refund', AMOUNTS, refund),
  ...operatorCases('currency', 'payments.refund', TEXTS, pay),
  ...operatorCases('recipient', 'mail.send', PATTERNS, mail),
  ...SHORTHANDS,
  ...GLOBS,
  ...MISSING,
  ...ASKS,
];
