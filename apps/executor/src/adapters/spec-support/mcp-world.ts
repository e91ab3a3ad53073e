import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ToolContract } from '@countersign/domain';
import type { Json, JsonObject } from '@countersign/kernel';
import { readMcp, renderRequest } from '@countersign/tools';
import type { Connection } from '../connections.js';
import { answerTo, LONG, resultOf, textResult, TOOLS, WITH_CONTROLS } from './mcp-behaviour.fixture.js';
import { KEY, RUN, type Behaviour, type OutsideWorld } from './tool-client-suite.js';

/** A contract as `tools import mcp` makes one of what a server says. */
export const contractOf = (connection: string, listed: Json, origin: string): ToolContract => {
  const tool = readMcp(listed).tools.find((each) => each.origin === origin);
  if (!tool) throw new Error(`there is no tool ${origin}`);
  return { ...tool, id: `${connection}.${tool.name}`, connection, maxResultBytes: 1_000_000 } as unknown as ToolContract;
};

const TOOL = contractOf('desk', TOOLS, 'refund');
export const REQUEST = renderRequest(TOOL.request, { charge: 'ch_1', run: RUN, step: 'refund', idempotency_key: KEY });

const PROGRAM = path.join(import.meta.dirname, 'mcp-behaviour.fixture.ts');

export interface ProgramWorld extends OutsideWorld {
  /** What only this program does: `changes its tools` into those of the file `tools`. */
  behaveSo(behaviour: Behaviour | 'changes its tools' | 'says that it failed' | 'answers in JSON', tools?: Json): void;
  /** Of the program that was started last. */
  pid(): number;
}

/** An MCP server that is a program. */
export const mcpProgramWorld = async (): Promise<ProgramWorld> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mcp-world-'));
  const [behaviours, calls, listFile] = ['behaviour', 'calls', 'tools.json'].map((name) => path.join(folder, name)) as [string, string, string];
  writeFileSync(behaviours, 'answers');
  writeFileSync(calls, '');
  let connection: Connection = { command: process.execPath, args: [PROGRAM, behaviours, calls, listFile], env: {} };
  return {
    get connection() {
      return connection;
    },
    request: REQUEST,
    tool: TOOL,
    body: { id: 're_1' },
    ends: {
      'answers at length, unannounced': undefined,
      'sends us elsewhere': undefined,
      'sends us to another host': undefined,
      'answers no JSON': { kind: 'timeout' },
      fails: { kind: 'broken', code: 'mcp.error.-32603' },
    },
    behave: (behaviour) => writeFileSync(behaviours, behaviour),
    pid: () => Number(readFileSync(`${behaviours}.pid`, 'utf8')),
    behaveSo: (behaviour, tools) => {
      if (tools !== undefined) writeFileSync(listFile, JSON.stringify(tools));
      writeFileSync(behaviours, behaviour);
    },
    get calls() {
      return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
    },
    leave: () => Promise.resolve(void (connection = { command: path.join(folder, 'nothing'), args: [], env: {} })),
    close: () => Promise.resolve(rmSync(folder, { recursive: true })),
  };
};

/** An MCP server behind streamable HTTP. */
export const mcpHttpWorld = async (elsewhere: string): Promise<OutsideWorld> => {
  let behaviour: Behaviour = 'answers';
  const calls: string[] = [];
  const json = (response: ServerResponse, text: string, announced = true): void => {
    response.writeHead(200, { 'content-type': 'application/json', ...(announced && { 'content-length': Buffer.byteLength(text) }) }).write(text);
    response.end();
  };
  const reply: Readonly<Record<Behaviour, (response: ServerResponse, id: unknown) => void>> = {
    answers: (response, id) => json(response, resultOf(id, { content: [], structuredContent: { id: 're_1' } })),
    'answers with control characters': (response, id) => json(response, resultOf(id, textResult(WITH_CONTROLS))),
    'answers at length': (response, id) => json(response, resultOf(id, textResult(LONG))),
    'answers at length, unannounced': (response, id) => json(response, resultOf(id, textResult(LONG)), false),
    'answers no JSON': (response) => json(response, '<html>'),
    'stops half-way': (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"jsonrpc":'),
    'says nothing': () => undefined,
    'breaks off': (response) => void response.socket?.destroy(),
    'sends us elsewhere': (response) => void response.writeHead(307, { location: '/mcp?elsewhere' }).end(),
    'sends us to another host': (response) => void response.writeHead(307, { location: elsewhere }).end(),
    fails: (response) => void response.writeHead(503).end(),
  };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      if (incoming.method !== 'POST') return void response.writeHead(405).end();
      const text = Buffer.concat(chunks).toString();
      const message = JSON.parse(text) as JsonObject & { readonly method: string; readonly id?: number };
      if (message.method === 'tools/call') {
        calls.push(`${incoming.url} ${text}`);
        return reply[behaviour](response, message.id);
      }
      const answer = answerTo(message);
      if (answer) json(response, JSON.stringify(answer));
      else response.writeHead(202).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const leave = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return {
    connection: { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`), allowPrivate: true },
    request: REQUEST,
    tool: TOOL,
    body: { id: 're_1' },
    ends: { 'answers no JSON': { kind: 'broken' } },
    calls,
    behave: (next) => void (behaviour = next),
    leave,
    close: leave,
  };
};
