import { createServer, type Server, type ServerResponse, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from './connections.js';
import { GitHubToolClient } from './github-tool-client.js';
import { HttpToolClient } from './http-tool-client.js';
import type { ToolRequest } from './tool-client.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const REQUEST: ToolRequest = { method: 'POST', path: '/charges/ch_1/refunds', query: { dry: 'no' }, headers: { 'idempotency-key': 'k-1' }, body: { amount_cents: 1200 } };

/** One suite on each client: what a decider is told must not depend on which one spoke. */
describe.each([
  ['http', new HttpToolClient(), 'Bearer s3cret'],
  ['github', new GitHubToolClient(), 'token s3cret'],
])('the %s client', (_, client, authorization) => {
  let server: Server;
  let connection: Connection;
  let seen: Seen[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    seen = [];
    answer = (_request, response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":"re_1"}');
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
        answer(request, response);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    connection = { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), token: 's3cret' };
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const send = (request = REQUEST, maxBytes = 1_000, milliseconds = 5_000) => client.send(connection, request, { signal: AbortSignal.timeout(milliseconds), maxBytes });

  it('sends what the contract says, once, with the credential of the connection', async () => {
    expect(await send()).toEqual({ kind: 'answered', status: 201, body: { id: 're_1' } });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/charges/ch_1/refunds?dry=no', body: '{"amount_cents":1200}' });
    expect(seen[0]?.headers).toMatchObject({ 'idempotency-key': 'k-1', authorization });
  });

  it.each([404, 409, 422, 500, 503])('hands on an answer with status %i and does not repeat it', async (status) => {
    answer = (_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{}}');
    expect(await send()).toEqual({ kind: 'answered', status, body: { error: {} } });
    expect(seen).toHaveLength(1);
  });

  it('does not follow a redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
    const { body: _body, ...read } = REQUEST;
    expect(await send({ ...read, method: 'GET' })).toEqual({ kind: 'answered', status: 302 });
    expect(seen).toHaveLength(1);
  });

  it('keeps the digits of an integer that it would have to round, as text', async () => {
    answer = (_request, response) => response.writeHead(200).end('{"id":12345678901234567890,"amount_cents":9007199254740992}');
    expect(await send()).toEqual({ kind: 'answered', status: 200, body: { id: '12345678901234567890', amount_cents: 9_007_199_254_740_992 } });
  });

  it('says when an answer is no JSON', async () => {
    answer = (_request, response) => response.writeHead(200).end('<html>');
    expect(await send()).toEqual({ kind: 'answered', status: 200, problem: 'not-json' });
  });

  it.each([
    ['announced', true],
    ['not announced', false],
  ])('refuses a body that is too large and %s', async (_name, announced) => {
    const body = JSON.stringify({ text: 'x'.repeat(2_000) });
    answer = (_request, response) => {
      if (announced) response.setHeader('content-length', body.length);
      response.writeHead(200).write(body);
      response.end();
    };
    expect(await send()).toEqual({ kind: 'answered', status: 200, problem: 'too-large' });
  });

  it('says timeout where no answer comes by the deadline', async () => {
    answer = () => undefined;
    expect(await send(REQUEST, 1_000, 150)).toEqual({ kind: 'timeout' });
  });

  it('says timeout where the body stops half-way', async () => {
    answer = (_request, response) => void response.writeHead(200).write('{"id":');
    expect(await send(REQUEST, 1_000, 150)).toEqual({ kind: 'timeout' });
  });

  it('says broken where the connection ends without an answer: the effect may be there', async () => {
    answer = (request) => request.socket.destroy();
    expect(await send()).toMatchObject({ kind: 'broken' });
  });

  it('says not sent where nobody listens: there is no effect', async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    connection = { url: new URL(`http://127.0.0.1:${port}/`), token: 's3cret' };
    expect(await send()).toEqual({ kind: 'not-sent', code: 'ECONNREFUSED' });
    server.listen(0, '127.0.0.1');
  });
});
