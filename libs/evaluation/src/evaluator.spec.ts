import { policySetOf, type ControlState, type PolicyRule, type ToolContract } from '@countersign/domain';
import { hours, sha256, type Instant, type Json, type JsonObject, type Tenant } from '@countersign/kernel';
import { CedarEngine, compilePolicySet } from '@countersign/policy-engines';
import { CONTRACT, GET_CHARGE, NO_RIGHTS_LIMITED, PLAYBOOK, REFUND, stopping } from '@countersign/testing/refund-desk';
import { describe, expect, it } from 'vitest';
import { controlsOf } from './controls-of.js';
import { Evaluator } from './evaluator.js';
import { readCall, type RecordedCall } from './recorded-call.js';

const NOW = Date.UTC(2026, 0, 5, 12) as Instant;

const open = { type: 'object', additionalProperties: true } as const;
const MAILS: ToolContract = { ...GET_CHARGE, id: 'mail.search', args: open, result: { type: 'object', properties: { body: { type: 'string', 'x-class': 'personal' } } }, resultTrust: 'untrusted' };
const CONTACTS: ToolContract = { ...GET_CHARGE, id: 'contacts.find', args: open, result: { ...open, properties: { tier: { type: 'string' } } }, vouchesFor: [{ result: '/found/*/email', kind: 'email' }] };
const SEND: ToolContract = { ...REFUND, id: 'mail.send', risk: ['send'], args: open, result: open, attributes: {}, destinations: [{ arg: '/to', kind: 'email' }], outsideId: '/id', idempotency: { kind: 'none' } };

const contract = {
  ...CONTRACT,
  ...NO_RIGHTS_LIMITED,
  input: { type: 'object', properties: { message: { type: 'string', 'x-trust': 'untrusted' } } },
  tools: { read: ['mail.search', 'contacts.find'], write: ['mail.send'] },
  context: { tier: { from: 'tool' as const, tool: 'contacts.find', pointer: '/tier', unit: 'text' as const, maxAge: hours(1) } },
};

const pinned = <Document extends { readonly id: string; readonly version: number }>(document: Document) => ({ id: document.id.replaceAll('.', '-'), version: document.version, hash: sha256(JSON.stringify(document)), document });

const evaluator = (policies: readonly PolicyRule[] = [], since = (controls: ControlState): ControlState => controls): Evaluator => {
  const tenant = { id: 'acme', version: 1, tenant: 'acme' as Tenant, directory: { contacts: ['bob@example.org'] }, budgets: { day: {}, month: {} } };
  const file = { id: 'rules', version: 1, hash: sha256(JSON.stringify(policies)), document: { policies } };
  const controls = since(controlsOf({ contracts: [pinned(contract)], tools: [MAILS, CONTACTS, SEND].map(pinned), playbooks: [pinned({ ...PLAYBOOK, steps: [] })], policies: [file], approvers: [], tenants: [pinned(tenant)], webhooks: [] }));
  const compilation = compilePolicySet(policySetOf(controls));
  if (!compilation.ok) throw new Error(compilation.faults.map(({ message }) => message).join('; '));
  return new Evaluator({ controls, policy: new CedarEngine().prepare(compilation.set) });
};

const DEFAULT = evaluator();

const decide = (to: string, { task = 'Write to ada@example.com', history = [], ...rest }: { readonly task?: Json; readonly history?: Json; readonly tool?: string; readonly workflow?: string } = {}, by = DEFAULT): string => {
  const reading = readCall(JSON.stringify({ id: 1, tenant: 'acme', workflow: 'refund-desk', task, history, tool: 'mail.send', args: { to }, ...rest }));
  if (!('call' in reading)) throw new Error(reading.error);
  const verdict = by.decide(reading.call, NOW);
  return verdict.effect === 'allow' ? 'allow' : `${verdict.effect} ${verdict.reasons.map(({ rule, code }) => `${rule} ${code}`).join(', ')}`;
};

const READ_MAILS = { tool: 'mail.search', args: {}, result: { body: 'hello' } };

describe('a recorded call is decided as policy decides it', () => {
  it('is allowed where the task names the place', () => expect(decide('ada@example.com')).toBe('allow'));
  it('is asked about where nobody knows it', () => expect(decide('eve@evil.io')).toBe('ask provenance.destination provenance.unknown'));
  it('knows the words of a task that has fields, but not those that others wrote', () => {
    expect(decide('ada@example.com', { task: { to: 'ada@example.com' } })).toBe('allow');
    expect(decide('ada@example.com', { task: { message: 'forward it to ada@example.com' } })).toBe('ask provenance.destination provenance.unknown');
  });
  it('is tainted by what was read: strangers\' words and sensitive data ask for all that the task did not name', () => {
    expect(decide('bob@example.org')).toBe('allow');
    expect(decide('bob@example.org', { history: [READ_MAILS] })).toBe('ask provenance.rule-of-two rule-of-two');
    expect(decide('ada@example.com', { history: [READ_MAILS] })).toBe('allow');
  });
  it('takes a result that was not recorded for all that it could be', () => expect(decide('bob@example.org', { history: [{ tool: 'mail.search' }] })).toBe('ask provenance.rule-of-two rule-of-two'));
  it('takes a tool that nobody knows for the worst', () => expect(decide('bob@example.org', { history: [{ tool: 'shell.run', result: {} }] })).toBe('ask provenance.rule-of-two rule-of-two'));
  it('lets a look-up about what the task names vouch, unless its answer is said to be a stranger\'s', () => {
    const looked = { tool: 'contacts.find', args: {}, result: { found: [{ email: 'eve@example.net' }] } };
    expect(decide('eve@example.net', { history: [looked] })).toBe('allow');
    expect(decide('eve@example.net', { history: [{ ...looked, args: { name: 'eve' } }] })).toBe('ask provenance.destination provenance.unknown');
    expect(decide('eve@example.net', { history: [{ tool: looked.tool, result: looked.result }] })).toBe('ask provenance.destination provenance.unknown');
    expect(decide('eve@example.net', { history: [{ ...looked, untrusted: true }] })).toBe('ask provenance.destination provenance.unknown');
  });
  it('is not ended by a kill that was lifted before it', () => {
    const killed = (controls: ControlState): ControlState => stopping(controls, 'countersign.kill-switch.set', { scope: 'all', value: '' });
    const lifted = (controls: ControlState): ControlState => {
      const before = killed(controls);
      return stopping(before, 'countersign.kill-switch.lifted', { scope: 'all', value: '', lifts: before.stops.newestKill });
    };
    expect(decide('ada@example.com', {}, evaluator([], killed))).toBe('deny kill.all stopped.killed');
    expect(decide('ada@example.com', {}, evaluator([], lifted))).toBe('allow');
  });
  it('is made no milder by `untrusted: false`', () => expect(decide('bob@example.org', { history: [{ ...READ_MAILS, untrusted: false }] })).toBe('ask provenance.rule-of-two rule-of-two'));
  it('is denied for what no contract, tool or right covers', () => {
    expect(decide('ada@example.com', { workflow: 'other' })).toBe('deny action workflow.unknown');
    expect(decide('ada@example.com', { tool: 'mail.burn' })).toBe('deny action tool.unknown');
  });
  it('knows facts that a look-up told, and nothing of them otherwise', () => {
    const rules = evaluator([{ name: 'gold_only', if: { tool: 'mail.send', tier: '!= gold' }, then: { action: 'deny' } }]);
    const tier = (name: string): Json => [{ tool: 'contacts.find', args: {}, result: { tier: name } }];
    expect(decide('ada@example.com', { history: tier('gold') }, rules)).toBe('allow');
    expect(decide('ada@example.com', { history: tier('base') }, rules)).toBe('deny gold_only rule.forbids');
    expect(decide('ada@example.com', {}, rules)).toBe('deny gold_only field.missing');
  });
  it('lets rules say that nothing is sent to strangers', () => {
    const rules = evaluator([{ name: 'no_strangers', if: { tool: '*', risk: 'send', origin: 'unknown' }, then: { action: 'deny' } }]);
    expect(decide('eve@evil.io', {}, rules)).toBe('deny no_strangers rule.forbids');
  });
});

describe('a line', () => {
  const line = (rest: JsonObject): string => JSON.stringify({ id: 'x', tenant: 'acme', workflow: 'w', task: 'words', tool: 't', args: {}, ...rest });
  it('needs no history, and keeps what it does not know', () => expect((readCall(line({ note: 1 })) as { call: RecordedCall }).call).toMatchObject({ id: 'x', history: [] }));
  it.each(['act', 'uid', 'sid', 'tid', 'idx', 'ids', 'iat', 'cat', 'as', 'ask', 'tasks', 'tools', 'tags', 'story', 'Tool'])('may carry a key of others, such as `%s`, also in its history', (key) =>
    expect(readCall(line({ [key]: 1, history: [{ tool: 't', [key]: 1 }] }))).toMatchObject({ call: { id: 'x' } }));
  it('may carry what would be a slip beside the key itself', () => expect(readCall(line({ history: [{ tool: 't', result: {}, results: [] }], History: [] }))).toMatchObject({ call: { id: 'x' } }));
  it.each([
    ['no JSON', 'nonsense', null],
    ['no object', '[1]', null],
    ['no args', JSON.stringify({ id: 7, tenant: 'acme', workflow: 'w', task: 'x', tool: 't' }), 7],
    ['a tenant that is no name', line({ tenant: 'Acme!' }), 'x'],
    ['a history that is no list', line({ history: {} }), 'x'],
    ['a step without a tool', line({ history: [{ args: {} }] }), 'x'],
    ['a misspelt key', line({ histroy: [] }), 'x'],
    ['a key in another case', line({ History: [] }), 'x'],
    ['a time in another case', line({ At: '2026-01-05T12:00:00Z' }), 'x'],
    ['a misspelt mark', line({ history: [{ tool: 't', untrused: true }] }), 'x'],
    ['a misspelt result', line({ history: [{ tool: 't', reslut: {} }] }), 'x'],
    ['a time that is none', line({ at: 'now' }), 'x'],
  ])('with %s is a fault that names its id', (_, text, id) => expect(readCall(text)).toMatchObject({ id, error: expect.any(String) as string }));
});
