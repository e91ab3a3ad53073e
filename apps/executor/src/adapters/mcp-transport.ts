import { outsideFetch } from '@countersign/outbound';
import type { Transport } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { MAX_LISTING_BYTES } from '@countersign/tools';
import type { Connection, HttpConnection } from './connections.js';
import { bearerOf } from './http-request.js';
import { MCP_MESSAGE_TOO_LARGE, McpFault } from './mcp-fault.js';

/** Of one message of a server; what a tool may answer with is less. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const [LF, CR] = [10, 13];

/** How many bytes an unfinished event has after a chunk: an empty line ends one. */
const eventBytes = (): ((chunk: Uint8Array) => number) => {
  let [event, line, last] = [0, 0, 0];
  return (chunk) => {
    let largest = event;
    for (const byte of chunk) {
      event += 1;
      if (byte !== LF && byte !== CR) line += 1;
      else if (line > 0) line = 0;
      else if (byte !== LF || last !== CR) event = 0;
      last = byte;
      if (event > largest) largest = event;
    }
    return largest;
  };
};

const allBytes = (): ((chunk: Uint8Array) => number) => {
  let size = 0;
  return (chunk) => (size += chunk.length);
};

/** A stream that breaks where it brings more than the limit. */
const limited = (size: (chunk: Uint8Array) => number, limit: number, onTooLarge: (fault: McpFault) => void): TransformStream<Uint8Array, Uint8Array> =>
  new TransformStream({
    transform(chunk, controller) {
      if (size(chunk) <= limit) return controller.enqueue(chunk);
      const fault = new McpFault(MCP_MESSAGE_TOO_LARGE);
      controller.error(fault);
      onTooLarge(fault);
    },
  });

type Fetch = NonNullable<NonNullable<ConstructorParameters<typeof StreamableHTTPClientTransport>[1]>['fetch']>;

/** Only what a tool answers may be long. */
const isCall = (body: unknown): boolean => {
  const message: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
  return typeof message === 'object' && message !== null && 'method' in message && message.method === 'tools/call';
};

/** The way of the SDK to the network is ours: to the connection's own host, where that may be, and not on from there. */
const fetchOf =
  (connection: HttpConnection, onTooLarge: (fault: McpFault) => void): Fetch =>
  async (url, { method, headers, body, signal } = {}) => {
    const response = await outsideFetch(connection, new URL(url), {
      method: method ?? 'GET',
      headers: [...new Headers(headers)],
      ...(typeof body === 'string' && { body }),
      ...(signal && { signal }),
    });
    // A stream of notifications has no end, but each of them has; an answer that is too long breaks off its call, and no other.
    const limit = isCall(body) ? limited(allBytes(), MAX_MESSAGE_BYTES, () => undefined) : limited(method === 'POST' ? allBytes() : eventBytes(), MAX_LISTING_BYTES, onTooLarge);
    return new Response(response.body?.pipeThrough(limit) as ReadableStream<Uint8Array> | null, { status: response.status, statusText: response.statusText, headers: [...response.headers] });
  };

/** The way to an MCP server: a program that is started, or streamable HTTP. `onTooLarge`: it says more than we read. */
export const mcpTransport = (connection: Connection, onTooLarge: (fault: McpFault) => void = () => undefined): Transport => {
  if ('url' in connection) {
    return new StreamableHTTPClientTransport(connection.url, {
      fetch: fetchOf(connection, onTooLarge),
      requestInit: { headers: bearerOf(connection), redirect: 'manual' },
      // A request that was lost on its way is not sent again: that is a decision.
      reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 1_000, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 },
    });
  }
  const { command, args, env, cwd } = connection;
  // What a program writes to stderr is its own; nothing of it belongs into our logs.
  return new StdioClientTransport({ command, args: [...args], env: { ...env }, ...(cwd !== undefined && { cwd }), stderr: 'ignore', maxBufferSize: MAX_MESSAGE_BYTES });
};
