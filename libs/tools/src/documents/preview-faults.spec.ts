import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.js';

const tool = (preview: object | undefined, more: object = {}): object => ({
  id: 'a.b', version: 1, description: 'does it', effect: 'write', connection: 'a', adapter: 'http', timeout: '5s', ...(preview && { preview }),
  args: { type: 'object', additionalProperties: false, required: ['id'], properties: { id: { type: 'string' }, cents: { type: 'integer' } } },
  result: { type: 'object', additionalProperties: false, properties: {} },
  request: { method: 'POST', path: '/things/{id}', body: { cents: '{cents}' } },
  ...more,
});
const read = (body: object): ReturnType<typeof readDocument> => readDocument('tool', JSON.parse(JSON.stringify(body)) as never);
const faultsOf = (body: object): readonly string[] => {
  const found = read(body);
  return 'faults' in found ? found.faults.map(({ pointer }) => pointer) : [];
};

const CHANGES = [{ field: 'cents', now: '/cents', after: { arg: '/cents' }, unit: 'usd-cents' }];
const GET = { method: 'GET', path: '/things/{id}' };
const DRY = { method: 'POST', path: '/things/{id}/dry-run', body: { cents: '{cents}' } };
const CALL = { method: 'POST', path: '/tools/call', body: { name: 'write', arguments: {} } };

describe('a way to look at what a tool would do', () => {
  it('is a read, or a dry run that somebody knows to be safe', () => {
    expect(read(tool({ read: { request: GET, changes: CHANGES } }))).toMatchObject({ document: { preview: { kind: 'read', changes: [{ field: 'cents', now: { from: 'answer', pointer: '/cents' }, after: { from: 'arg', pointer: '/cents' }, unit: 'usd-cents' }] } } });
    expect(read(tool({ dry_run: { request: DRY, safe: true, changes: [{ field: 'sum', after: { sum: ['/cents', { arg: '/cents' }, { value: 1 }] } }] } }))).toMatchObject({ document: { preview: { kind: 'dry-run', changes: [{ after: { from: 'sum', of: [{ from: 'answer' }, { from: 'arg' }, { from: 'value', value: 1 }] } }] } } });
    expect(read(tool(undefined))).toMatchObject({ document: expect.not.objectContaining({ preview: expect.anything() as object }) as object });
  });

  it.each<[string, object, string]>([
    ['is a POST that nobody calls safe', tool({ dry_run: { request: DRY, changes: CHANGES } }), '/preview/dry_run/request/method'],
    ['is the action itself', tool({ dry_run: { request: { method: 'POST', path: '/things/{id}', body: { cents: '{cents}' } }, safe: true, changes: CHANGES } }), '/preview/dry_run/request'],
    ['is sent the key of the action', tool({ dry_run: { request: { ...DRY, headers: { 'Idempotency-Key': '{idempotency_key}' } }, safe: true, changes: CHANGES } }), '/preview/dry_run/request'],
    ['has a placeholder that is no argument', tool({ read: { request: { ...GET, query: { of: '{other}' } }, changes: CHANGES } }), '/preview/read/request/query'],
    ['sets a header of the executor', tool({ read: { request: { ...GET, headers: { Authorization: 'x' } }, changes: CHANGES } }), '/preview/read/request/headers/Authorization'],
    ['shows an argument that is none', tool({ read: { request: GET, changes: [{ field: 'x', after: { arg: '/none' } }] } }), '/preview/read/changes/0/after'],
    ['adds an argument that is none', tool({ read: { request: GET, changes: [{ field: 'x', after: { sum: [{ arg: '/none' }] } }] } }), '/preview/read/changes/0/after/sum/0'],
    ['shows a field twice', tool({ read: { request: GET, changes: [...CHANGES, ...CHANGES] } }), '/preview/read/changes/1/field'],
    ['shows nothing of a field', tool({ read: { request: GET, changes: [{ field: 'x' }] } }), '/preview/read/changes/0/now'],
    ['is of a tool that only reads', tool({ read: { request: GET, changes: CHANGES } }, { effect: 'read', request: { method: 'GET', path: '/other/{id}' } }), '/preview'],
    ['needs the token of a grant', tool({ read: { request: GET, changes: CHANGES } }, { credential: 'token-exchange' }), '/preview'],
    ['is of a web hook', tool({ read: { request: GET, changes: CHANGES } }, { adapter: 'webhook', request: { method: 'POST', path: '/', headers: { 'webhook-id': '{idempotency_key}' }, body: {} }, idempotency: { kind: 'key', memory: '1d' } }), '/preview'],
    ['is a call of the MCP tool itself', tool({ read: { request: { ...CALL, body: { name: 'write', arguments: { look: true } } }, safe: true, changes: CHANGES } }, { adapter: 'mcp', request: CALL }), '/preview/read/request/body'],
    ['is no call of an MCP tool', tool({ read: { request: GET, changes: CHANGES } }, { adapter: 'mcp', request: CALL }), '/preview/read/request'],
  ])('is refused where it %s', (_what, body, pointer) => {
    expect(faultsOf(body)).toContain(pointer);
  });

  it('of an MCP server is a call of another tool of it', () => {
    expect(faultsOf(tool({ read: { request: { ...CALL, body: { name: 'read', arguments: {} } }, safe: true, changes: CHANGES } }, { adapter: 'mcp', request: CALL }))).toEqual([]);
  });
});

describe('what people are shown', () => {
  const object = (properties: object, more: object = {}): object => ({ type: 'object', additionalProperties: false, properties, ...more });
  const personal = { type: 'string', 'x-class': 'personal' };
  const shown = (now: unknown, schemas: object): object => tool({ read: { request: GET, changes: [{ field: 'x', now }] } }, schemas);
  const args = (properties: object): object => ({ args: object({ id: { type: 'string' }, cents: { type: 'integer' }, ...properties }, { required: ['id'] }) });

  it.each<[string, object, string?]>([
    ['an argument that is sealed', shown({ arg: '/to' }, args({ to: personal }))],
    ['what has the name of one', shown('/customer/to', args({ to: personal }))],
    ['what has the name of an object that holds one', shown('/people', args({ people: { type: 'array', items: object({ name: personal }) } }))],
    ['a field that is personal in the result', shown('/email', { result: object({ email: personal }) })],
    ['one of an item of a list', shown('/list/0/email', { result: object({ list: { type: 'array', items: { $ref: '#/$defs/person' } } }, { $defs: { person: object({ email: personal }) } }) })],
    ['a field that is secret', shown('/pin', { result: object({ pin: { type: 'integer', 'x-class': 'secret' } }) })],
    ['a field that is withheld', shown('/iban', { withhold: ['financial'], result: object({ iban: { type: 'string', 'x-class': 'financial' } }) })],
    ['what only a pattern marks', shown('/x-mail', { result: object({}, { patternProperties: { '^x-': personal } }) })],
    ['a part of what is marked', shown('/who/street', { result: object({ who: { 'x-class': 'personal' } }) })],
    ['all of an answer that has something marked in it', shown('', { result: object({ email: personal }) })],
    ['a part of an answer that is marked as a whole', shown('/anything', { result: object({}, { 'x-class': 'personal' }) })],
    ['what the result gives another name', shown('/contact/mail', { pick: { email: '/contact/mail' }, result: object({ email: personal }) })],
    ['what holds that other name', shown('/contact', { pick: { email: '/contact/mail' }, result: object({ email: personal }) })],
    ['an item that holds it, further up', shown('/people/0', { pick: { email: '/people/0/contact/mail' }, result: object({ email: personal }) })],
    ['what is picked as an object that holds something marked', shown('/contact', { pick: { who: '/contact/person' }, result: object({ who: object({ email: personal }) }) })],
    ['a sum of what is marked', shown({ sum: ['/cents', '/pin'] }, { result: object({ pin: { type: 'integer', 'x-class': 'secret' } }) }), '/preview/read/changes/0/now/sum/1'],
  ])('is never %s: the contract is refused, and says what to do', (_what, body, pointer = '/preview/read/changes/0/now') => {
    const found = read(body);
    expect('faults' in found ? found.faults : []).toEqual([{ pointer, message: expect.stringMatching(/name a field that no schema of the tool marks/) as string }]);
  });

  it.each<[string, object]>([
    ['a field beside one that is marked', shown('/customer/id', { result: object({ customer: object({ id: { type: 'string' }, email: personal }) }) })],
    ['a field beside one that has another name', shown('/contact/id', { pick: { email: '/contact/mail' }, result: object({ email: personal }) })],
    ['an argument beside one that is sealed', shown({ arg: '/id' }, args({ to: personal }))],
    ['what is of a class that is not withheld', shown('/iban', { result: object({ iban: { type: 'string', 'x-class': 'financial' } }) })],
    ['an argument of a class that only results are kept without', shown('/iban', { withhold: ['financial'], ...args({ iban: { type: 'string', 'x-class': 'financial' } }) })],
  ])('may be %s', (_what, body) => {
    expect(faultsOf(body)).toEqual([]);
  });
});
