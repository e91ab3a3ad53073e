import type { AgentContract, PolicyRule, ToolContract } from '@countersign/domain';
import { minutes } from '@countersign/kernel';
import { asks, compileRules, denies, policyContract, policyTool } from '@countersign/testing';
import { describe, expect, it } from 'vitest';

const AMOUNT = { amount_usd: { arg: '/amount_cents', unit: 'usd-cents' }, currency: { arg: '/currency', unit: 'text' } } as const;
const object = (required: readonly string[]): ToolContract['args'] => ({ type: 'object', required, properties: {} });

const TOOLS: readonly ToolContract[] = [
  policyTool('payments.refund', AMOUNT, { args: object(['amount_cents', 'currency']) }),
  policyTool('payments.get', {}, { effect: 'read' }),
  policyTool('crm.export', { rows: { arg: '/rows', unit: 'count' } }, { args: object([]) }),
  policyTool('mail.send', {}, { risk: ['send'], destinations: [{ arg: '/to', kind: 'email' }] }),
  policyTool('erp.close'),
];
const CONTRACTS = [policyContract('desk', ['acme'], 'desk', ['payments.get'], ['payments.refund', 'crm.export', 'mail.send'])];

const LIMITED: readonly ToolContract[] = [
  ...TOOLS,
  policyTool('chat.post', {}, { fromTask: ['/thread'], scan: [] }),
  policyTool('bank.pay', {}, { destinations: [{ arg: '/payees/*', kind: 'account' }], args: { type: 'object', additionalProperties: false, properties: { payees: { type: 'array' }, cents: { type: 'integer' } } } }),
  policyTool('page.get', {}, { effect: 'read', destinations: [{ arg: '/url', kind: 'url' }], args: { type: 'object', additionalProperties: false, properties: { url: { type: 'string' } } } }),
  policyTool('shop.pay', AMOUNT, { risk: ['money'], args: { type: 'object', required: ['amount_cents', 'currency'], properties: { amount_cents: { type: 'integer', minimum: 100, maximum: 50_000 }, currency: { enum: ['usd', 'eur'] } } } }),
  policyTool('shop.tip', { amount_usd: { arg: '/tip/usd', unit: 'usd' } }, { risk: ['money'], args: { type: 'object', required: ['tip'], properties: { tip: { type: 'object', required: ['usd'], properties: { usd: { type: 'number', maximum: 9.98 } } } } } }),
  policyTool('shop.fee', { amount_usd: { arg: '/usd', unit: 'usd' } }, { args: { type: 'object', required: ['usd'], properties: { usd: { type: ['number', 'string'], maximum: 9 } } } }),
];
const MORE: readonly AgentContract[] = [policyContract('shop', ['acme'], 'shop', ['page.get'], ['bank.pay', 'chat.post', 'shop.pay', 'shop.tip', 'shop.fee']), { ...policyContract('chat', ['acme'], 'chat', [], ['chat.post']), stage: 'suggest' }];

const warnings = (...rules: readonly PolicyRule[]): readonly string[] => compileRules(rules, TOOLS, CONTRACTS).warnings.map(({ code, rule, pointer, message }) => `${rule} ${code} ${pointer}: ${message}`);
/** Against tools whose schemas have limits, too. */
const limited = (rule: PolicyRule): readonly string[] => compileRules([rule], LIMITED, [...CONTRACTS, ...MORE]).warnings.map(({ code, rule: name, pointer, message }) => `${name} ${code} ${pointer}: ${message}`);
const codes = (...rules: readonly PolicyRule[]): readonly string[] => compileRules(rules, TOOLS, CONTRACTS).warnings.map(({ code, rule }) => `${rule} ${code}`);

describe('the warnings about rules', () => {
  it('are none for rules that do what they say', () => {
    expect(warnings(asks('a', 'payments.refund', { amount_usd: '> 10 and <= 100' }), denies('b', 'payments.refund', { amount_usd: '> 100' }), denies('c', '*', { effect: 'write', taint: 'untrusted' }))).toEqual([]);
  });

  it('tell of a rule that no tool matches', () => {
    expect(warnings(denies('a', 'shop.*'), denies('b', 'payments.get', { effect: 'write' }))).toEqual([
      'a tool.none /policies/0/if/tool: no tool matches `shop.*`, so rule `a` has no effect',
      'b tool.none /policies/1/if/tool: no tool matches `payments.get` with this effect and risk, so rule `b` has no effect',
    ]);
  });

  it('tell of tools that no contract lists', () => {
    expect(warnings(denies('a', 'erp.close'), denies('b', 'erp.*', { taint: 'untrusted' }))).toEqual([
      'a tool.unlisted /policies/0/if/tool: no agent contract lists `erp.close`, so rule `a` has no effect',
      'b tool.unlisted /policies/1/if/tool: no agent contract lists `erp.close`, so rule `b` has no effect',
      'b rule.shadowed /policies/1: rule `a` says at least the same of at least the same calls, so rule `b` adds nothing',
    ]);
  });

  it.each(['> 10 and < 5', '> 10 and < 10.01', '== 5 and == 6', 'in [1, 2] and > 2', '>= 1 and <= 1.01 and not_in [1, 1.01]', '< 0'])('tell of the amount that nothing is: %s', (amount_usd) => {
    expect(warnings(denies('a', 'payments.refund', { amount_usd }))).toEqual(['a rule.never /policies/0/if/amount_usd: no `amount_usd` is all of this, so rule `a` never fires']);
  });

  it.each(['> 10 and <= 10.01', '>= 0 and <= 0', 'in [1, 2] and > 1', '!= 5 and != 6', '>= 1 and <= 1.01 and != 1'])('say nothing of an amount that something is: %s', (amount_usd) => {
    expect(warnings(denies('a', 'payments.refund', { amount_usd }))).toEqual([]);
  });

  it('tell of an attribute that a tool does not map, and of one that a call may leave out', () => {
    expect(warnings(denies('a', 'payments.*', { amount_usd: '> 1' }), denies('b', 'crm.export', { rows: '> 1' }))).toEqual([
      'a attribute.unmapped /policies/0/if/amount_usd: `payments.get` maps no `amount_usd`, so rule `a` denies every call of it',
      'b attribute.optional /policies/1/if/rows: `crm.export` can be called without `/rows`, and rule `b` denies the calls that lack `rows`',
    ]);
  });

  it('tell of destinations that a tool does not declare', () => {
    expect(warnings(denies('a', '*.*', { effect: 'write', risk: 'send', origin: 'vouched' }), denies('b', 'payments.refund', { destination: 'not_in [email:*]' }))).toEqual([
      'b destination.undeclared /policies/1/if/destination: `payments.refund` declares no destinations, so rule `b` never speaks of its calls',
    ]);
  });

  it.each([
    ['it is outside of the whole week', denies('a', '*', { outside_window: 'mon-fri 00:00-24:00 UTC; sat,sun 06:00-24:00 UTC; fri-sun 22:00-07:00 UTC' }), 'outside_window: no time is outside of a whole week'],
    ['everything waits in mode safe', denies('a', 'payments.get', { mode: 'safe' }), 'mode: every call waits while the mode is safe'],
    ['writes wait in every other mode', denies('a', 'mail.send', { mode: '!= normal' }), 'mode: every write waits while the mode is read-only or safe'],
    ['no contract of the tool is in the stage', denies('a', 'mail.send', { stage: ['draft', 'suggest'] }), 'stage: no agent contract that lists `mail.send` is in stage draft or suggest'],
    ['a call without a place has no destination', denies('a', 'mail.send', { destination: '== email:ada@example.com', origin: 'none' }), 'origin: a call that gives no place has no `destination`'],
    ['the tool gives no place of the kind', denies('a', 'mail.send', { destination: '== account:7' }), 'destination: `mail.send` gives places of kind `email` only'],
    ['every place is in the list', denies('a', 'mail.send', { destination: 'not_in [account:7, email:*]' }), 'destination: no place that `mail.send` gives is outside of the list'],
    ['the texts of the read stay inside', denies('a', 'payments.get', { contains: 'secret' }), 'contains: no text of a call of `payments.get` is scanned'],
    ['the tool has nothing scanned', denies('a', 'chat.post', { contains: ['link', 'card'] }), 'contains: no text of a call of `chat.post` is scanned'],
    ['all arguments are places and numbers', denies('a', 'bank.pay', { contains: 'iban' }), 'contains: no text of a call of `bank.pay` is scanned'],
    ['what the task has to say is an id', denies('a', 'chat.post', { destination: 'matches channel:*' }), 'destination: `chat.post` gives places of kind `id` only'],
    ['the amount is above what the schema takes', denies('a', 'shop.pay', { amount_usd: '> 500' }), 'amount_usd: the schema of `shop.pay` lets no such `amount_usd` through (`/amount_cents` has `minimum: 100`, `/amount_cents` has `maximum: 50000`)'],
    ['the amount is below what the schema takes', denies('a', 'shop.pay', { amount_usd: '< 1' }), 'amount_usd: the schema of `shop.pay` lets no such `amount_usd` through (`/amount_cents` has `minimum: 100`, `/amount_cents` has `maximum: 50000`)'],
    ['the dollars are not below what the schema leaves out', denies('a', 'shop.tip', { amount_usd: '>= 9.99' }), 'amount_usd: the schema of `shop.tip` lets no such `amount_usd` through (`/tip/usd` has `maximum: 9.98`)'],
    ['the schema lists other texts', denies('a', 'shop.pay', { currency: 'matches g*' }), 'currency: the schema of `shop.pay` lets no such `currency` through (`/currency` is one of a list)'],
  ])('tell of a rule that never fires since %s', (_, rule, message) => {
    expect(limited(rule)).toEqual([`a rule.never /policies/0/if/${message}, so rule \`a\` never fires`]);
  });

  it.each([
    ['a minute of the week is left', denies('a', '*', { outside_window: 'mon-fri 00:00-24:00 UTC; sat,sun 00:00-23:59 UTC' })],
    ['two zones share the week', denies('a', '*', { outside_window: 'mon-fri 00:00-24:00 UTC; sat,sun 00:00-24:00 Europe/Berlin' })],
    ['reads go on in mode read-only', denies('a', 'payments.get', { mode: '!= normal' })],
    ['one of the contracts is in the stage', denies('a', 'chat.post', { stage: 'suggest' })],
    ['another of the origins has a destination', denies('a', 'mail.send', { destination: '== email:ada@example.com', origin: ['none', 'unknown'] })],
    ['one of the places is of the kind', denies('a', 'mail.send', { destination: 'in [account:7, email:ada@example.com]' })],
    ['another kind is outside of the list', denies('a', 'mail.send', { destination: 'not_in [account:*]' })],
    ['an address carries text', denies('a', 'page.get', { contains: 'secret' })],
    ['one of the tools is scanned', denies('a', '*', { contains: 'secret' })],
    ['one of the tools takes the amount', denies('a', 'shop.*', { risk: 'money', amount_usd: '> 9.98' })],
    ['the amount is the greatest that the schema takes', denies('a', 'shop.pay', { amount_usd: '>= 500' })],
    ['the dollars are the greatest that the schema takes', denies('a', 'shop.tip', { amount_usd: '> 9.97' })],
    ['the list has such a text', denies('a', 'shop.pay', { currency: '!= usd' })],
    ['the limit is of numbers and the argument may be a text', denies('a', 'shop.fee', { amount_usd: '> 500' })],
  ])('say nothing of a rule that fires since %s', (_, rule) => {
    expect(limited(rule)).toEqual([]);
  });

  it('tell of a rule over several tools that none of them can fire, once for each reason', () => {
    expect(limited(denies('a', 'shop.*', { amount_usd: '> 600', stage: 'draft' }))).toEqual([
      'a rule.never /policies/0/if/stage: no agent contract that lists `shop.pay` is in stage draft, so rule `a` never fires',
      'a rule.never /policies/0/if/amount_usd: the schema of `shop.pay` lets no such `amount_usd` through (`/amount_cents` has `minimum: 100`, `/amount_cents` has `maximum: 50000`), so rule `a` never fires',
      'a rule.never /policies/0/if/stage: no agent contract that lists `shop.tip` is in stage draft, so rule `a` never fires',
      'a rule.never /policies/0/if/amount_usd: the schema of `shop.tip` lets no such `amount_usd` through (`/tip/usd` has `maximum: 9.98`), so rule `a` never fires',
      'a rule.never /policies/0/if/stage: no agent contract that lists `shop.fee` is in stage draft, so rule `a` never fires',
    ]);
    expect(limited(denies('a', '*', { mode: 'safe' }))).toEqual(['a rule.never /policies/0/if/mode: every call waits while the mode is safe, so rule `a` never fires']);
  });

  it.each([
    ['a wider tool', denies('wide', '*'), asks('narrow', 'payments.refund')],
    ['a wider limit', denies('wide', 'payments.refund', { amount_usd: '> 10' }), denies('narrow', 'payments.refund', { amount_usd: '>= 11' })],
    ['fewer conditions', denies('wide', 'payments.refund', { currency: '!= eur' }), denies('narrow', 'payments.refund', { currency: '== usd', amount_usd: '> 1' })],
    ['a longer list', denies('wide', 'payments.refund', { currency: 'in [eur, usd]' }), denies('narrow', 'payments.refund', { currency: '== usd' })],
    ['a shorter exception', denies('wide', 'payments.refund', { currency: 'not_in [eur]' }), denies('narrow', 'payments.refund', { currency: 'not_in [eur, usd]' })],
    ['a wider pattern', denies('wide', 'payments.refund', { currency: 'matches e*' }), denies('narrow', 'payments.refund', { currency: 'matches e*r' })],
    ['a range around it', denies('wide', 'payments.refund', { amount_usd: '> 1 and < 9' }), denies('narrow', 'payments.refund', { amount_usd: '> 2 and < 8' })],
    ['more facts', denies('wide', 'mail.send', { taint: ['untrusted', 'sensitive'] }), asks('narrow', 'mail.send', { taint: 'untrusted' })],
    ['more places', denies('wide', 'mail.send', { destination: 'in [email:a@*, email:b@*]' }), denies('narrow', 'mail.send', { destination: 'matches email:a@*' })],
    ['fewer places that are left out', denies('wide', 'mail.send', { destination: 'not_in [email:a@*]' }), denies('narrow', 'mail.send', { destination: 'not_in [email:a@*, email:b@*]' })],
    ['fewer windows', denies('wide', 'mail.send', { outside_window: 'mon 08:00-18:00 UTC' }), denies('narrow', 'mail.send', { outside_window: 'mon 08:00-18:00 UTC; tue 08:00-18:00 UTC' })],
    ['a stricter question', asks('wide', 'mail.send', {}, { tier: 3, quorum: 2, roles: ['risk'] }), asks('narrow', 'mail.send', {}, { tier: 2, roles: ['risk', 'finance'] })],
  ])('tell of a rule that another one shadows by %s', (_, wide, narrow) => {
    expect(codes(narrow, wide)).toEqual(['narrow rule.shadowed']);
    expect(codes(wide, narrow)).toEqual(['narrow rule.shadowed']);
  });

  it.each([
    ['a denial under a question', asks('a', '*'), denies('b', 'payments.refund')],
    ['a narrower tool first', denies('a', 'payments.refund', { taint: 'untrusted' }), denies('b', '*', { taint: 'untrusted', mode: 'read-only' })],
    ['other roles', asks('a', 'mail.send', {}, { roles: ['risk'] }), asks('b', 'mail.send', {}, { roles: ['finance'] })],
    ['a shorter deadline and a lower tier', asks('a', 'mail.send', {}, { tier: 3 }), asks('b', 'mail.send', {}, { within: minutes(1) })],
    ['windows of another zone', denies('a', 'mail.send', { outside_window: 'mon 08:00-18:00 UTC' }), denies('b', 'mail.send', { outside_window: 'mon 08:00-18:00 Europe/Berlin' })],
    ['the other side of a limit', denies('a', 'payments.refund', { amount_usd: '> 10' }), denies('b', 'payments.refund', { amount_usd: '< 10' })],
  ])('say nothing of two rules that both add something: %s', (_, one, other) => {
    expect(codes(one, other)).toEqual([]);
  });

  it('tell of the later of two rules that say the same', () => {
    expect(codes(denies('a', 'mail.send'), denies('b', 'mail.send'))).toEqual(['b rule.shadowed']);
  });
});
