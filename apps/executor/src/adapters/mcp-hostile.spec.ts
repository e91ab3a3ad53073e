import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seconds } from '@countersign/kernel';
import { silentLogger } from '@countersign/telemetry';
import type { HttpConnection } from './connections.js';
import { McpSession } from './mcp-session.js';
import { McpToolClient } from './mcp-tool-client.js';
import { answerTo, resultOf, TOOLS } from './spec-support/mcp-behaviour.fixture.js';
import { contractOf, REQUEST } from './spec-support/mcp-world.js';
import { eventually } from './spec-support/processes.js';
import type { NotSent, ToolAnswer } from './tool-client.js';

const TOOL = contractOf('desk', TOOLS, 'refund');
const EVENT_STREAM = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1024 * 1024;

interface Rpc {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly cursor?: string; readonly protocolVersion?: string };
}

/** Answers in place of the usual; `false`: the usual is answered. */
type Hostile = (message: Rpc, response: ServerResponse, listening: ServerResponse | undefined) => boolean;

/** Writes without an end, as fast as it is read. */
const endless = (response: ServerResponse, text: string): void => {
  const chunk = text.repeat(Math.ceil(65_536 / text.length));
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

describe('an MCP server that means harm', () => {
  let server: Server;
  let connection: HttpConnection;
  let client: McpToolClient;
  let hostile: Hostile;
  let onListen: (response: ServerResponse) => void;
  let listening: ServerResponse | undefined;
  let methods: string[];

  beforeEach(async () => {
    hostile = () => false;
    onListen = () => undefined;
    [methods, listening] = [[], undefined];
    client = new McpToolClient(silentLogger);
    const take = (incoming: IncomingMessage, response: ServerResponse, text: string): void => {
      if (incoming.method === 'GET') {
        listening = response.writeHead(200, EVENT_STREAM);
        response.flushHeaders();
        return onListen(response);
      }
      if (incoming.method !== 'POST') return void response.writeHead(405).end();
      const message = JSON.parse(text) as Rpc;
      methods.push(message.method);
      if (hostile(message, response, listening)) return;
      if (message.method === 'tools/call') return void response.writeHead(200, JSON_TYPE).end(resultOf(message.id, { content: [], structuredContent: { id: 're_1' } }));
      const answer = answerTo(message);
      if (answer) response.writeHead(200, JSON_TYPE).end(JSON.stringify(answer));
      else response.writeHead(202).end();
    };
    server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => take(incoming, response, Buffer.concat(chunks).toString()));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    connection = { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`), allowPrivate: true };
  });
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const send = (forbids?: () => NotSent | undefined, signal = AbortSignal.timeout(20_000)): Promise<ToolAnswer> => client.send(connection, REQUEST, { signal, tenant: 'acme', maxBytes: 4_000, tool: TOOL, forbids });
  const toList = (say: (id: number | undefined, params: Rpc['params'], response: ServerResponse) => void): Hostile => ({ id, method, params }, response) => {
    if (method === 'tools/list') say(id, params, response);
    return method === 'tools/list';
  };

  it('is called where it does none', async () => {
    expect(await send()).toMatchObject({ kind: 'answered', body: { id: 're_1' } });
  });

  it.each([
    ['one line', 'a'],
    ['one event', 'data: aaaa\n'],
    ['one event, by carriage returns', 'data: aaaa\r'],
  ])('and writes %s without an end into the stream of notifications is let go', async (_, text) => {
    onListen = (response) => {
      response.write('data: ');
      endless(response, text);
    };
    expect(['answered', 'broken', 'not-sent']).toContain((await send()).kind);
    await eventually(() => listening?.destroyed === true);
  });

  it('may notify us as long as it likes: only what has no end is too large', async () => {
    const text = `: ping\n\nevent: message\r\ndata: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x'.repeat(1_000) } })}\r\n\r\n`;
    onListen = (response) => {
      for (let sent = 0; sent < 3 * MIB; sent += text.length) response.write(text);
    };
    expect(await send()).toMatchObject({ kind: 'answered' });
    await eventually(() => listening?.writableLength === 0);
    expect(await send()).toMatchObject({ kind: 'answered' });
    expect(listening?.destroyed).toBe(false);
  });

  it.each([
    ['a page', toList((id, _, response) => response.writeHead(200, JSON_TYPE).end(resultOf(id, { tools: [{ ...TOOLS[0], description: 'x'.repeat(2 * MIB) }] }))), 'mcp.message-too-large'],
    ['a page without an end, as events', toList((_id, _, response) => endless(response.writeHead(200, EVENT_STREAM), 'data: x\n')), 'mcp.message-too-large'],
    ['too many pages', toList((id, params, response) => response.writeHead(200, JSON_TYPE).end(resultOf(id, { tools: [], nextCursor: `${params?.cursor ?? ''}x` }))), 'mcp.listing-too-large'],
    ['pages that are too large together', toList((id, params, response) => response.writeHead(200, JSON_TYPE).end(resultOf(id, { tools: [{ ...TOOLS[0], description: 'x'.repeat(MIB / 2) }], nextCursor: `${params?.cursor ?? ''}x` }))), 'mcp.listing-too-large'],
    ['more tools than anybody reads', toList((id, _, response) => response.writeHead(200, JSON_TYPE).end(resultOf(id, { tools: Array.from({ length: 300 }, (_each, nth) => ({ ...TOOLS[0], name: `tool-${nth}` })) }))), 'mcp.listing-too-large'],
  ])('and lists %s is not called', async (_, lists, code) => {
    hostile = lists;
    expect(await send()).toEqual({ kind: 'not-sent', code });
    expect(methods).not.toContain('tools/call');
    expect(methods.filter((method) => method === 'tools/list').length).toBeLessThan(20);
  });

  it('that lists pages of an honest length is called', async () => {
    hostile = toList((id, params, response) => response.writeHead(200, JSON_TYPE).end(resultOf(id, params?.cursor === undefined ? { tools: [{ ...TOOLS[0], name: 'other' }], nextCursor: 'next' } : { tools: TOOLS })));
    expect(await send()).toMatchObject({ kind: 'answered' });
  });

  it('whose tools change whenever they are read is let go after a few times', async () => {
    hostile = ({ id, method }, response) => {
      if (method !== 'tools/list') return false;
      const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
      response.writeHead(200, EVENT_STREAM).write(`data: ${JSON.stringify(changed)}\n\n`);
      response.end(`data: ${resultOf(id, { tools: TOOLS })}\n\n`);
      return true;
    };
    expect(await send()).toEqual({ kind: 'not-sent', code: 'mcp.listing-unsettled' });
    expect(methods.filter((method) => method === 'tools/list')).toHaveLength(3);
  });

  it('that never takes our greeting is given up by the deadline', async () => {
    hostile = ({ method }) => method === 'notifications/initialized';
    const opening = McpSession.open(connection, seconds(1));
    await expect(opening).rejects.toMatchObject({ code: 'mcp.silent' });
  });

  it('is called no more where what allows the call has ended while it was opened', async () => {
    const over: NotSent = { kind: 'not-sent', code: 'expired' };
    expect(await send(() => (methods.includes('tools/list') ? over : undefined))).toEqual(over);
    expect(methods).not.toContain('tools/call');
  });
});
