import { Client, type CallToolResult } from '@modelcontextprotocol/client';
import { minutes, seconds, type Json, type JsonObject } from '@countersign/kernel';
import { driftOf, readMcp, type Drift, type ForeignTool } from '@countersign/tools';
import { MAX_TOOL_TIMEOUT_SECONDS, type ToolContract } from '@countersign/domain';
import type { Connection } from './connections.js';
import { mcpTransport } from './mcp-transport.js';

/** A server that has not greeted us by then is not there. Programs are slow to start on a busy machine. */
const OPEN_DEADLINE = seconds(20);

/** A server that changes its tools without saying so is found out after this time at the latest. */
const LISTING_FRESH = minutes(5);

/** The caller's own signal comes first. */
const CALL_DEADLINE = seconds(MAX_TOOL_TIMEOUT_SECONDS + 1);

const CLIENT = { name: 'countersign', version: '1' };

/** What a server says of its tools, and when it said so. */
interface Listing {
  readonly tools: readonly ForeignTool[];
  readonly at: number;
}

/** One conversation with an MCP server. What the server says of its tools is read before the first call, and again when it says that it has changed. */
export class McpSession {
  private listing: Promise<Listing> | undefined;
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
  static async open(connection: Connection): Promise<McpSession> {
    // It can ask us for nothing: no sampling, no elicitation, no roots.
    const client = new Client(CLIENT, { versionNegotiation: { mode: 'auto' }, inputRequired: { autoFulfill: false } });
    const session = new McpSession(client);
    try {
      await client.connect(mcpTransport(connection), { timeout: OPEN_DEADLINE });
      return session;
    } catch (fault) {
      await client.close();
      throw fault;
    }
  }

  /** `listener` is told when the server has gone; at once where it has already. */
  onOver(listener: () => void): void {
    this.whenOver = listener;
    if (this.isOver) listener();
  }

  /** How the server's word on a tool differs from its contract now. Throws where the server does not say. */
  async drift(tool: ToolContract): Promise<Drift> {
    let listing = this.listing;
    if (!listing || (await listing).at + LISTING_FRESH < performance.now()) {
      listing = this.list();
      this.listing = listing;
      // A list that could not be read is asked for again by the next call.
      listing.catch(() => void (this.listing === listing && (this.listing = undefined)));
    }
    const { tools } = await listing;
    // It said that it has changed while it was being read.
    return this.listing === listing ? driftOf(tool, tools) : this.drift(tool);
  }

  /** Calls once; `callTool` of the SDK would check the answer, which is ours to do, and may call again. */
  call(params: JsonObject, signal: AbortSignal): Promise<CallToolResult> {
    return this.client.request({ method: 'tools/call', params }, { signal, timeout: CALL_DEADLINE });
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async list(): Promise<Listing> {
    const at = performance.now();
    const { tools } = await this.client.listTools(undefined, { cacheMode: 'refresh', timeout: OPEN_DEADLINE });
    return { tools: readMcp(tools as unknown as Json).tools, at };
  }
}
