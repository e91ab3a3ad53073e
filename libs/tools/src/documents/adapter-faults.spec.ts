import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.js';

const tool = (adapter: string, request: object, more: object = {}): object => ({
  id: 'a.b', version: 1, description: 'does it', effect: 'write', connection: 'a', adapter, timeout: '5s', request, ...more,
  args: { type: 'object', additionalProperties: false, properties: { name: { type: 'string' } } },
  result: { type: 'object', additionalProperties: false, properties: {} },
});
const faultsOf = (body: object): readonly string[] => {
  const read = readDocument('tool', body as never);
  return 'faults' in read ? read.faults.map(({ pointer }) => pointer) : [];
};

const CALL = { method: 'POST', path: '/tools/call', body: { name: 'write', arguments: { name: '{name}' } } };
const HOOK = { method: 'POST', path: '/', headers: { 'webhook-id': '{idempotency_key}' }, body: {} };
const PULL = { method: 'POST', path: '/repos/desk/settings/pulls', body: { base: 'main', branch: 'c/{idempotency_key}', title: 't', message: 'm', files: [] } };

describe('a contract of a kind of system', () => {
  it.each([
    ['mcp', CALL],
    ['webhook', HOOK],
    ['github-pull-request', PULL],
    ['slack', { method: 'POST', path: '/chat.postMessage', body: {} }],
  ])('%s is sound as it asks', (adapter, request) => expect(faultsOf(tool(adapter, request))).toEqual([]));

  it.each([
    ['mcp', { ...CALL, path: '/mcp' }, '/request'],
    ['mcp', { ...CALL, body: { ...CALL.body, name: '{name}' } }, '/request/body'],
    ['webhook', { ...HOOK, method: 'PUT' }, '/request/method'],
    ['webhook', { ...HOOK, headers: {} }, '/request/headers'],
    ['webhook', { ...HOOK, headers: { 'webhook-id': '{name}' } }, '/request/headers'],
    ['github-pull-request', { ...PULL, path: '/repos/desk/settings/issues' }, '/request'],
    ['github-pull-request', { ...PULL, body: { ...PULL.body, branch: 'c/{name}' } }, '/request/body/branch'],
    ['github-pull-request', { ...PULL, body: { ...PULL.body, files: undefined } }, '/request/body'],
  ])('%s is refused with a request that it cannot send: %o', (adapter, request, pointer) => expect(faultsOf(tool(adapter, JSON.parse(JSON.stringify(request)) as object))).toContain(pointer));

  it('mcp is refused with a read-back that is no call of a tool', () => {
    expect(faultsOf(tool('mcp', CALL, { read_back: { request: { method: 'GET', path: '/' }, expect: {} } }))).toEqual(['/read_back/request', '/read_back/request/body']);
  });
});
