import type { Pinned, PolicyFile, PolicyRule, ToolContract } from '@countersign/domain';
import { sha256, type Instant } from '@countersign/kernel';
import { denies, essence, policyContract, policyTool, requestOf, THREE_RULES } from '@countersign/testing';
import { describe, expect, it } from 'vitest';
import { CedarEngine } from '../cedar/cedar-engine.js';
import { compilePolicySet } from './compile-policy-set.js';

const pin = <Document>(id: string, document: Document): Pinned<Document> => ({ id, version: 1, hash: sha256(id), document });

const refund = policyTool('payments.refund', { amount_usd: { arg: '/amount_cents', unit: 'usd-cents' }, currency: { arg: '/currency', unit: 'text' } });
const desk = policyContract('refund-desk', ['acme'], 'refund-desk', [], ['payments.refund']);

/** Rules that deny, one for each map of conditions. */
const file = (...conditions: readonly unknown[]): PolicyFile => ({
  policies: conditions.map((each, index) => ({ ...denies(`rule-${index}`, '*'), if: each as PolicyRule['if'] })),
});

const compile = (policies: readonly Pinned<PolicyFile>[], tools: readonly ToolContract[] = [refund], contracts = [pin('refund-desk', desk)]): ReturnType<typeof compilePolicySet> =>
  compilePolicySet({ hash: sha256('set'), policies, contracts, tools: tools.map((tool) => pin(tool.id.replaceAll('.', '-'), tool)) });

const faults = (...given: Parameters<typeof compile>): readonly string[] => {
  const compiled = compile(...given);
  return compiled.ok ? [] : compiled.faults.map(({ kind, id, pointer, message }) => `${kind} ${id}${pointer}: ${message}`);
};

const faultOf = (key: string, condition: unknown): string | undefined => faults([pin('rules', file({ tool: 'payments.refund', [key]: condition }))])[0];

describe('when a contract lets its agents act', () => {
  const within = (...windows: readonly string[]): ReturnType<typeof compile> => compile([], [refund], [pin('refund-desk', { ...desk, windows })]);

  it.each([
    ['2026-11-30T12:00:00Z', { allow: ['contract.refund-desk'] }],
    ['2026-11-29T12:00:00Z', { deny: ['contract.refund-desk contract.window'] }],
    ['2026-11-28T11:59:00Z', { allow: ['contract.refund-desk'] }],
    ['2026-11-28T12:00:00Z', { deny: ['contract.refund-desk contract.window'] }],
  ])('at %s it says %j', (time, expected) => {
    const compiled = within('mon-fri 08:00-18:00 Europe/Berlin', 'sat 10:00-12:00 UTC');
    if (!compiled.ok) throw new Error('it does not compile');
    const request = requestOf({ tool: 'payments.refund', facts: { now: Date.parse(time) as Instant } }, [refund]);
    expect(essence(new CedarEngine().prepare(compiled.set).decide(request))).toEqual(expected);
  });

  it('has to be said so that it can be read', () => {
    expect(within('mon-fri 08:00-18:00 Europe/Berlin', 'weekdays')).toMatchObject({ ok: false, faults: [{ kind: 'contract', pointer: '/windows/1', message: expect.stringContaining('`weekdays` is no window') }] });
  });
});

describe('compiling a policy set', () => {
  it('takes the three rules as they stand, whatever tools there are', () => {
    expect(faults([pin('rules', { policies: THREE_RULES })], [])).toEqual([]);
  });

  it('carries the hash of the files', () => {
    const compiled = compile([]);
    expect(compiled.ok && compiled.set.hash).toBe(sha256('set'));
  });

  it('tells every fault at once, with file, rule and pointer', () => {
    const compiled = compile([pin('a', file({ tool: 'payments.refund', amount_usd: '> 1.005' })), pin('b', file({ amount_usd: '> 1', 'odd/key': '== 1' }))]);
    expect(compiled).toEqual({
      ok: false,
      faults: [
        { kind: 'policy', id: 'a', rule: 'rule-0', pointer: '/policies/0/if/amount_usd', message: '`1.005` has more than two decimals, and amounts are compared in whole cents' },
        { kind: 'policy', id: 'b', rule: 'rule-0', pointer: '/policies/0/if', message: 'rule `rule-0` has to say which tools it is about, such as `tool: "payments.refund"`, or `tool: "*"` for all' },
        { kind: 'policy', id: 'b', rule: 'rule-0', pointer: '/policies/0/if/odd~1key', message: 'unknown key `odd/key`, known are `tool`, `effect`, `risk`, `taint`, `stage`, `mode`, `contains`, `destination`, `origin`, `outside_window`, `amount_usd`, `rows`, `currency`' },
      ],
    });
  });

  it.each([
    ['amout_usd', 'unknown key `amout_usd`, did you mean `amount_usd`?'],
    ['Rows', 'unknown key `Rows`, did you mean `rows`?'],
    ['__proto__', 'unknown key `__proto__`, known are `tool`, `effect`, `risk`, `taint`, `stage`, `mode`, `contains`, `destination`, `origin`, `outside_window`, `amount_usd`, `rows`, `currency`'],
    ['constructor', 'unknown key `constructor`, known are `tool`, `effect`, `risk`, `taint`, `stage`, `mode`, `contains`, `destination`, `origin`, `outside_window`, `amount_usd`, `rows`, `currency`'],
    ['tainted', 'unknown key `tainted`, did you mean `taint`?'],
    ['destinations', 'unknown key `destinations`, did you mean `destination`?'],
    ['outside-window', 'unknown key `outside-window`, did you mean `outside_window`?'],
  ])('refuses the unknown key `%s`', (key, message) => {
    const conditions = JSON.parse(`{"tool": "payments.refund", "${key}": "== x"}`) as unknown;
    expect(faults([pin('rules', file(conditions))])).toEqual([`policy rules/policies/0/if/${key}: ${message}`]);
  });

  it.each([
    ['amount_usd', '> 100.001', '`100.001` has more than two decimals, and amounts are compared in whole cents'],
    ['amount_usd', 0.125, '`0.125` has more than two decimals, and amounts are compared in whole cents'],
    ['amount_usd', '> $100', '`$100` is no amount in dollars such as `100` or `99.50`'],
    ['amount_usd', '> 1,000', '`1,000` is no amount in dollars such as `100` or `99.50`'],
    ['amount_usd', '> 1e3', '`1e3` is no amount in dollars such as `100` or `99.50`'],
    ['amount_usd', '> -5', '`-5` is no amount in dollars such as `100` or `99.50`'],
    ['rows', '> 9007199254740992', '`9007199254740992` is no whole number between -2^53 and 2^53'],
    ['rows', '> 1.5', '`1.5` is no whole number between -2^53 and 2^53'],
    ['rows', '> many', '`many` is no whole number between -2^53 and 2^53'],
    ['rows', 'matches 1*', '`matches` compares texts, and `rows` is a number'],
    ['currency', '> eur', '`>` compares numbers, and `currency` is text'],
    ['currency', '== "eur', '`"eur` is no text, quoted or bare'],
    ['currency', "== 'eur", "`'eur` is no text, quoted or bare"],
    ['currency', 'in []', '`[]` is no list such as `[a, b]`'],
    ['currency', 'in [eur,]', '`[eur,]` is no list such as `[a, b]`'],
    ['currency', 'in [eur gbp, "x]', '`[eur gbp, "x]` is no list such as `[a, b]`'],
    ['currency', 'in eur', '`eur` is no list such as `[a, b]`'],
    ['currency', [], 'the list is empty'],
    ['currency', [1], 'the list holds what is no text'],
    ['currency', 'matches eu?', '`eu?` is no pattern: only `*` has a meaning'],
    ['currency', 'matches {eur,gbp}', '`{eur,gbp}` is no pattern: only `*` has a meaning'],
    ['currency', 'eur', '`currency` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `== eur`'],
    ['currency', '=> eur', '`currency` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `== eur`'],
    ['rows', '', '`rows` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `> 100`'],
    ['rows', true, '`rows` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `> 100`'],
    ['rows', null, '`rows` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `> 100`'],
    ['rows', { '>': 100 }, '`rows` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `> 100`'],
  ])('refuses `%s: %s`', (key, condition, message) => {
    expect(faultOf(key, condition)).toBe(`policy rules/policies/0/if/${key}: ${message}`);
  });

  it.each([
    ['Payments.*', '`Payments.*` can match no tool: tool ids are lower case'],
    ['payments/refund', '`payments/refund` can match no tool: tool ids are names of lower case letters, digits, underscores and dashes, joined by dots'],
    ['payments.{get,refund}', '`payments.{get,refund}` can match no tool: tool ids are names of lower case letters, digits, underscores and dashes, joined by dots'],
  ])('refuses the tool pattern `%s`', (tool, message) => {
    expect(faults([pin('rules', file({ tool }))])).toEqual([`policy rules/policies/0/if/tool: ${message}`]);
  });

  it('refuses a second rule of a name, because one of the two would be lost', () => {
    expect(faults([pin('a', file({ tool: '*' })), pin('b', file({ tool: '*' }))])).toEqual(['policy b/policies/0/name: rule `rule-0` is also in policy file `a`']);
  });

  it('refuses a rule that is named like a statement of ours', () => {
    const [rule] = THREE_RULES;
    const named = { ...rule, name: 'contract.refund-desk' } as (typeof THREE_RULES)[number];
    expect(faults([pin('a', { policies: [named] })])).toEqual(['policy a/policies/0/name: `contract.refund-desk` is no name of a rule: letters, digits, `_` and `-`, at most 101']);
  });

  it.each([
    ['a dollar attribute that is no money', { fee_usd: { arg: '/fee', unit: 'count' } }, '/attributes/fee_usd: `fee_usd` and its unit `count` do not fit: attributes in `usd-cents` or `usd`, and only they, end in `_usd`'],
    ['money that rules could not give in dollars', { fee: { arg: '/fee', unit: 'usd-cents' } }, '/attributes/fee: `fee` and its unit `usd-cents` do not fit: attributes in `usd-cents` or `usd`, and only they, end in `_usd`'],
    ['a name that rules use', { tool: { arg: '/tool', unit: 'text' } }, '/attributes/tool: `tool` cannot be the name of a policy attribute'],
    ['a name that is none', { 'a.b': { arg: '/a', unit: 'text' } }, '/attributes/a.b: `a.b` cannot be the name of a policy attribute'],
    ['a type that differs from another tool', { currency: { arg: '/currency', unit: 'count' } }, '/attributes/currency: `currency` is integer here and text elsewhere'],
  ] as const)('refuses a tool contract with %s', (_, attributes, message) => {
    expect(faults([], [refund, policyTool('payments.charge', attributes)])).toEqual([`tool payments-charge${message}`]);
  });

  it('refuses two contracts for one workflow of a tenant, and two of one id', () => {
    const other = { ...desk, id: 'other' };
    expect(faults([], [refund], [pin('a', desk), pin('b', other)])).toEqual(['contract b/workflow: `acme/refund-desk` is also in contract `refund-desk`']);
    expect(faults([], [refund, refund])).toEqual(['tool payments-refund/id: there are two tools `payments.refund`']);
    expect(faults([], [refund], [pin('a', desk), pin('b', policyContract('refund-desk', ['globex'], 'other', [], []))])).toEqual(['contract b/id: there are two contracts `refund-desk`']);
  });

  it.each([
    ['taint', 'untrustd', '`untrustd` is nothing that `taint` can be, did you mean `untrusted`?'],
    ['taint', '!= untrusted', '`!= untrusted` is nothing that `taint` can be, did you mean `untrusted`?'],
    ['taint', [], 'the list is empty'],
    ['taint', 7, '`taint` needs one of `untrusted`, `sensitive`, or a list of them'],
    ['contains', 'secrets', '`secrets` is nothing that `contains` can be, did you mean `secret`?'],
    ['contains', ['card', 'passport'], '`passport` is nothing that `contains` can be, known are `secret`, `card`, `iban`, `ssn`, `email`, `phone`, `link`'],
    ['stage', 'autonomos', '`autonomos` is nothing that `stage` can be, did you mean `autonomous`?'],
    ['stage', '!= production', '`production` is nothing that `stage` can be, known are `draft`, `suggest`, `autonomous`'],
    ['mode', 'readonly', '`readonly` is nothing that `mode` can be, did you mean `read-only`?'],
    ['origin', 'agent', '`agent` is nothing that `origin` can be, known are `task`, `tenant`, `contract`, `vouched`, `person`, `log`, `unknown`, `none`'],
    ['effect', 'delete', '`delete` is nothing that `effect` can be, known are `read`, `write`'],
    ['risk', 'moneys', '`moneys` is nothing that `risk` can be, did you mean `money`?'],
    ['destination', 'email:ada@example.com', '`destination` needs `in`, `not_in`, `==`, `!=` or `matches` and places such as `email:*@example.com`'],
    ['destination', '== email:*@example.com', '`email:*@example.com` is a pattern: use `matches`, `in` or `not_in`'],
    ['destination', 'matches email:*@Example.com', '`email:*@Example.com` can match nothing: places of kind `email` are in lower case'],
    ['destination', 'not_in [url:*.example.com/*]', '`url:*.example.com/*` has no scheme, so its `*` could reach over the host: write `url:https://HOST/PATH`, or `url:*://HOST/PATH` for `http` too'],
    ['destination', 'matches *evil*', '`*evil*` says no kind of place: write `email:*evil*`, or one of `host:` `url:` `channel:` `account:` `id:`; `*` alone is every place'],
    ['destination', 'in [host:a.example.com, host:{a,b}]', '`b}` is no pattern: only `*` has a meaning'],
    ['destination', 'matches host:?.example.com', '`host:?.example.com` is no pattern: only `*` has a meaning'],
    ['destination', 'in []', '`[]` is no list such as `[a, b]`'],
    ['outside_window', ['mon-fri 08:00-18:00 UTC'], '`outside_window` needs a text such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', 'weekdays 08:00-18:00 UTC', '`weekdays 08:00-18:00 UTC` is no window such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', 'mon-fri 8:00-18:00 UTC', '`mon-fri 8:00-18:00 UTC` is no window such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', 'mon-fri 08:00-24:01 UTC', '`mon-fri 08:00-24:01 UTC` is no window such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', 'mon-fri 08:60-18:00 UTC', '`mon-fri 08:60-18:00 UTC` is no window such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', 'mon-wed-fri 08:00-18:00 UTC', '`mon-wed-fri 08:00-18:00 UTC` is no window such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', 'mon 08:00-08:00 UTC', '`mon 08:00-08:00 UTC` has no length; a whole day is `00:00-24:00`'],
    ['outside_window', 'mon 08:00-18:00 Europe/Bonn', '`Europe/Bonn` is no time zone such as `Europe/Berlin`'],
    ['outside_window', 'mon 08:00-18:00 UTC;', '`` is no window such as `mon-fri 08:00-18:00 Europe/Berlin`'],
    ['outside_window', Array.from({ length: 21 }, () => 'mon 08:00-18:00 UTC').join(';'), 'these are 21 windows, and a rule has at most 20'],
    ['amount_usd', '> 10 and', '`10 and` is no amount in dollars such as `100` or `99.50`'],
    ['amount_usd', '> 10 and 20', '`amount_usd` needs an operator (`>` `>=` `<` `<=` `==` `!=` `in` `not_in` `matches`) and a value, such as `> 100`'],
    ['currency', `matches ${'*a'.repeat(9)}`, '`*a*a*a*a*a*a*a*a*a` has 9 stars, and a pattern has at most 8'],
  ])('refuses `%s: %s`, which no call could be', (key, condition, message) => {
    expect(faultOf(key, condition)).toBe(`policy rules/policies/0/if/${key}: ${message}`);
  });

  it('takes the context of a run as attributes of the tools that its contract lists', () => {
    const context = { region: { from: 'task', pointer: '/region', unit: 'text' } } as const;
    const compiled = compile([pin('rules', file({ tool: 'payments.refund', region: '!= eu' }))], [refund], [pin('refund-desk', { ...desk, context })]);
    expect(compiled.ok && compiled.set.slices.get('payments.refund')?.attributes).toEqual({ amount_usd: 'integer', currency: 'text', region: 'text' });
  });

  it.each([
    ['a name that the tool fills from what the agent says', { currency: { from: 'task', pointer: '/c', unit: 'text' } }, '/context/currency: `currency` is also an attribute of `payments.refund`, which the contract lists: the agent\'s word would count'],
    ['a name that rules use', { stage: { from: 'task', pointer: '/s', unit: 'text' } }, '/context/stage: `stage` cannot be the name of a policy attribute'],
    ['a type that differs', { rows: { from: 'task', pointer: '/r', unit: 'text' } }, '/context/rows: `rows` is text here and integer elsewhere'],
  ] as const)('refuses an agent contract whose context has %s', (_, context, message) => {
    expect(faults([], [refund], [pin('refund-desk', { ...desk, context })])).toEqual([`contract refund-desk${message}`]);
  });

  it('refuses a set that would take too long to decide, because nothing can interrupt an engine', () => {
    const values = Array.from({ length: 5_000 }, (_, index) => `c${index}`);
    expect(faults([pin('rules', file({ tool: 'payments.refund', currency: values }, { tool: 'payments.*', currency: values }))])).toEqual([
      'tool payments-refund: the rules about `payments.refund` weigh 10008, and 10000 is the most that is decided in time',
    ]);
  });
});
