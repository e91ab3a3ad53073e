import type { Transport } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Connection, HttpConnection } from './connections.js';
import { bearerOf } from './http-request.js';
import { outsideFetch } from './outside-fetch.js';

/** Of one message of a server; what a tool may answer with is less. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** A stream that breaks where it brings more than the limit. */
const limited = (): TransformStream<Uint8Array, Uint8Array> => {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.length;
      if (size > MAX_MESSAGE_BYTES) controller.error(new Error('the answer is too large'));
      else controller.enqueue(chunk);
    },
  });
};

type Fetch = NonNullable<NonNullable<ConstructorParameters<typeof StreamableHTTPClientTransport>[1]>['fetch']>;

/** The way of the SDK to the network is ours: to the connection's own host, where that may be, and not on from there. */
const fetchOf =
  (connection: HttpConnection): Fetch =>
  async (url, { method, headers, body, signal } = {}) => {
    const response = await outsideFetch(connection, new URL(url), {
      method: method ?? 'GET',
      headers: [...new Headers(headers)],
      ...(typeof body === 'string' && { body }),
      ...(signal && { signal }),
    });
    // A stream of notifications has no end; an answer has.
    const stream = method === 'POST' ? response.body?.pipeThrough(limited()) : response.body;
    return new Response(stream as ReadableStream<Uint8Array> | null, { status: response.status, statusText: response.statusText, headers: [...response.headers] });
  };

/** The way to an MCP server: a program that is started, or streamable HTTP. */
export const mcpTransport = (connection: Connection): Transport => {
  if ('url' in connection) {
    return new StreamableHTTPClientTransport(connection.url, {
      fetch: fetchOf(connection),
      requestInit: { headers: bearerOf(connection), redirect: 'manual' },
      // A request that was lost on its way is not sent again: that is a decision.
      reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 1_000, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 },
    });
  }
  const { command, args, env } = connection;
  // What a program writes to stderr is its own; nothing of it belongs into our logs.
  return new StdioClientTransport({ command, args: [...args], env: { ...env }, stderr: 'ignore', maxBufferSize: MAX_MESSAGE_BYTES });
};
