import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that has come in whole. */
export interface Taken {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

export const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body) });

export interface LocalServer {
  readonly url: string;
  close(): Promise<void>;
}

const take = async (request: IncomingMessage): Promise<Taken> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { method: request.method ?? '', url: new URL(request.url ?? '/', `http://${request.headers.host}`), headers: request.headers, body: Buffer.concat(chunks).toString() };
};

/** Serves on a free port of this machine. No reply is an answer that never comes. */
export const startServer = async (answer: (taken: Taken) => Promise<Reply | undefined>): Promise<LocalServer> => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = await answer(await take(request));
    if (reply) response.writeHead(reply.status, { 'content-type': reply.type ?? 'application/json' }).end(reply.body);
  };
  const server = createServer((request, response) => void handle(request, response).catch((fault: unknown) => response.writeHead(500).end(String(fault))));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
