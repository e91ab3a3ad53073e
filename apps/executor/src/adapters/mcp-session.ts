import { Client, type CallToolResult } from '@modelcontextprotocol/client';
import { isJsonObject, minutes, seconds, unlessAborted, type JsonObject, type Millis } from '@countersign/kernel';
import { driftOf, ListingTooLarge, McpListing, type Drift } from '@countersign/tools';
import { MAX_TOOL_TIMEOUT_SECONDS, type ToolContract } from '@countersign/domain';
import type { Connection } from './connections.js';
import { MCP_LISTING_TOO_LARGE, MCP_LISTING_UNSETTLED, MCP_SILENT, McpFault } from './mcp-fault.js';
import { mcpTransport } from './mcp-transport.js';

/** A server that has not greeted us by then is not there. Programs are slow to start on a busy machine. */
const OPEN_DEADLINE = seconds(20);

/** A server that changes its tools without saying so is found out after this time at the latest. */
const LISTING_FRESH = minutes(5);

/** Tools that change as often while one call waits for them are never read to an end. */
const LISTINGS = 3;

/** The caller's own signal comes first. */
const CALL_DEADLINE = seconds(MAX_TOOL_TIMEOUT_SECONDS + 1);

const CLIENT = { name: 'countersign', version: '1' };

/** What a server says of its tools, and when it said so. */
interface Listing {
  readonly tools: Promise<McpListing>;
  readonly at: number;
}

/** One conversation with an MCP server. What the server says of its tools is read before the first call, and again when it says that it has changed. */
export class McpSession {
  private listing: Listing | undefined;
  /** Says more than we read: whatever is waited for ends. */
  private readonly refused = new AbortController();
  private isOver = false;
  private whenOver: () => void = () => undefined;

  private constructor(private readonly client: Client) {
    // The SDK has no other way to say so.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    client.onclose = () => {
      this.isOver = true;
      this.whenOver();
    };
    client.setNotificationHandler('notifications/tools/list_changed', () => void (this.listing = undefined));
  }

  /** Throws where no server greets us in time; nothing was called then. */
  static async open(connection: Connection, deadline: Millis = OPEN_DEADLINE): Promise<McpSession> {
    // It can ask us for nothing: no sampling, no elicitation, no roots.
    const client = new Client(CLIENT, { versionNegotiation: { mode: 'auto' }, inputRequired: { autoFulfill: false } });
    const session = new McpSession(client);
    const transport = mcpTransport(connection, (fault) => session.refuse(fault));
    const connecting = client.connect(transport, { timeout: deadline });
    try {
      await session.inTime(() => connecting, deadline);
      return session;
    } catch (fault) {
      // What is still under way may start the program only now.
      const close = (): Promise<void> => client.close();
      connecting.then(close, close).catch(() => undefined);
      await transport.close().catch(() => undefined);
      throw fault;
    }
  }

  /** `listener` is told when the server has gone; at once where it has already. */
  onOver(listener: () => void): void {
    this.whenOver = listener;
    if (this.isOver) listener();
  }

  /** How the server's word on a tool differs from its contract now. Throws where the server does not say, or never settles; the session is of no use then. */
  async drift(tool: ToolContract, signal: AbortSignal): Promise<Drift> {
    const { body } = tool.request;
    const name = body !== undefined && isJsonObject(body) ? body['name'] : undefined;
    for (let nth = 0; nth < LISTINGS; nth += 1) {
      const listing = this.current();
      const outside = typeof name === 'string' ? (await listing.tools).toolNamed(name) : undefined;
      signal.throwIfAborted();
      // Unless it said that it has changed while it was being read.
      if (this.listing === listing) return driftOf(tool, outside ? [outside] : []);
    }
    throw new McpFault(MCP_LISTING_UNSETTLED);
  }

  /** Calls once; `callTool` of the SDK would check the answer, which is ours to do, and may call again. */
  call(params: JsonObject, signal: AbortSignal): Promise<CallToolResult> {
    return this.client.request({ method: 'tools/call', params }, { signal, timeout: CALL_DEADLINE });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  /** What was read last, or is being read; read anew where it is old. */
  private current(): Listing {
    const now = performance.now();
    if (this.listing && this.listing.at + LISTING_FRESH >= now) return this.listing;
    this.listing = { at: now, tools: this.inTime((signal) => this.listed(signal), OPEN_DEADLINE) };
    // Nobody may be left to let go of a server that lists in vain.
    this.listing.tools.catch(() => this.close()).catch(() => undefined);
    return this.listing;
  }

  /** A server that says that it has no tools is not asked for them. */
  private async listed(signal: AbortSignal): Promise<McpListing> {
    if (!this.client.getServerCapabilities()?.tools) return McpListing.of(() => Promise.resolve({ tools: [] }));
    try {
      return await McpListing.of((cursor) => this.client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, { signal }));
    } catch (fault) {
      throw fault instanceof ListingTooLarge ? new McpFault(MCP_LISTING_TOO_LARGE) : fault;
    }
  }

  private refuse(fault: McpFault): void {
    this.refused.abort(fault);
    this.close().catch(() => undefined);
  }

  /** Throws by the deadline, whatever the server does until then. */
  private async inTime<Value>(work: (signal: AbortSignal) => Promise<Value>, deadline: Millis): Promise<Value> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new McpFault(MCP_SILENT)), deadline);
    const signal = AbortSignal.any([late.signal, this.refused.signal]);
    try {
      return await unlessAborted(work(signal), signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
