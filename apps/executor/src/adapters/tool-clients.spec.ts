import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolContract } from '@countersign/domain';
import type { HttpConnection } from './connections.js';
import { GitHubToolClient } from './github-tool-client.js';
import { HttpToolClient } from './http-tool-client.js';
import { httpWorld, POST } from './spec-support/http-world.js';
import { toolClientSuite } from './spec-support/tool-client-suite.js';

toolClientSuite('http', () => new HttpToolClient(), httpWorld());
toolClientSuite('github', () => new GitHubToolClient(), httpWorld());

describe.each([
  ['http', new HttpToolClient(), 'Bearer s3cret'],
  ['github', new GitHubToolClient(), 'token s3cret'],
])('the %s client', (_, client, authorization) => {
  let server: Server;
  let connection: HttpConnection;
  let seen: { readonly method: string | undefined; readonly url: string | undefined; readonly headers: IncomingMessage['headers']; readonly body: string }[];
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    seen = [];
    answer = (response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"re_1"}');
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
        answer(response);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    connection = { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), token: 's3cret', allowPrivate: true };
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const send = (request = POST, to: Parameters<typeof client.send>[0] = connection) => client.send(to, request, { signal: AbortSignal.timeout(5_000), tenant: 'acme', maxBytes: 1_000, tool: {} as ToolContract });

  it('sends what the contract says, with the credential of the connection', async () => {
    await send();
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/charges/ch_1/refunds?dry=no', body: JSON.stringify(POST.body) });
    expect(seen[0]?.headers).toMatchObject({ 'idempotency-key': POST.headers['idempotency-key'], authorization });
  });

  it('sends a list of a query as a name that comes several times', async () => {
    await send({ ...POST, query: { 'expand[]': ['a', 'b & c'], at: '1' } });
    expect(seen[0]?.url).toBe('/charges/ch_1/refunds?expand%5B%5D=a&expand%5B%5D=b%20%26%20c&at=1');
  });

  it.each([404, 409, 422, 500, 503])('hands on an answer with status %i and does not repeat it', async (status) => {
    answer = (response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{}}');
    expect(await send()).toEqual({ kind: 'answered', status, body: { error: {} } });
    expect(seen).toHaveLength(1);
  });

  it('keeps the digits of an integer that it would have to round, as text', async () => {
    answer = (response) => response.writeHead(200).end('{"id":12345678901234567890,"amount_cents":9007199254740992}');
    expect(await send()).toEqual({ kind: 'answered', status: 200, body: { id: '12345678901234567890', amount_cents: 9_007_199_254_740_992 } });
  });

  it('cannot use a connection to a program', async () => {
    expect(await send(POST, { command: 'cat', args: [], env: {} })).toEqual({ kind: 'refused', code: 'connection.no-url' });
  });
});

it('a form has brackets for what lies within, and an empty value for null', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => void request.on('data', (chunk: Buffer) => bodies.push(`${request.headers['content-type']} ${chunk.toString()}`)).on('end', () => response.end('{}')));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const connection = { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), allowPrivate: true };
  const body = { amount: 5, metadata: { 'a b': 'x&y=z', none: null }, items: [{ price: 'p_1' }, { price: 'p_2' }], on: true };
  await new HttpToolClient().send(connection, { method: 'POST', path: '/', query: {}, headers: {}, body, encoding: 'form' }, { signal: AbortSignal.timeout(5_000), tenant: 'acme', maxBytes: 10, tool: {} as ToolContract });
  server.close();
  expect(decodeURIComponent(bodies.join().replaceAll('+', ' '))).toBe('application/x-www-form-urlencoded amount=5&metadata[a b]=x&y=z&metadata[none]=&items[0][price]=p_1&items[1][price]=p_2&on=true');
  expect(bodies[0]).toContain('x%26y%3Dz');
});
