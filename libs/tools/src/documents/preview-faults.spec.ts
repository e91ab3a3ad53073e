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
