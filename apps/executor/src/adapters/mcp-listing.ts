import type { Client } from '@modelcontextprotocol/client';
import type { Json } from '@countersign/kernel';
import { readMcp, type ForeignTool } from '@countersign/tools';
import { MCP_LISTING_TOO_LARGE, McpFault } from './mcp-fault.js';

/** Of everything that a server says of its tools. Servers of a hundred tools stay below 200 KiB. */
export const MAX_LISTING_BYTES = 1024 * 1024;
const MAX_TOOLS = 256;
const MAX_PAGES = 16;

/** As much as is looked at of a tool before somebody asks for it. */
interface Listed {
  readonly name: string;
}

/** What a server says of its tools. One that no contract asks for is never looked into. */
export class McpListing {
  private readonly given = new Map<string, Listed>();
  private readonly read = new Map<string, ForeignTool | undefined>();
  private bytes = 0;

  /** Reads all pages. Throws `McpFault` where there are more than anybody has a use for. */
  static async of(client: Client, signal: AbortSignal): Promise<McpListing> {
    const listing = new McpListing();
    if (!client.getServerCapabilities()?.tools) return listing;
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { tools, nextCursor } = await client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, { signal });
      listing.add(tools);
      if (nextCursor === undefined) return listing;
      cursor = nextCursor;
    }
    throw new McpFault(MCP_LISTING_TOO_LARGE);
  }

  /** The tool as the other side calls it; `undefined` where there is none, or none that can be read. */
  toolNamed(name: string): ForeignTool | undefined {
    const given = this.given.get(name);
    if (given === undefined) return undefined;
    if (!this.read.has(name)) this.read.set(name, readMcp([given] as unknown as Json).tools[0]);
    return this.read.get(name);
  }

  private add(tools: readonly Listed[]): void {
    this.bytes += Buffer.byteLength(JSON.stringify(tools));
    if (this.bytes > MAX_LISTING_BYTES || this.given.size + tools.length > MAX_TOOLS) throw new McpFault(MCP_LISTING_TOO_LARGE);
    for (const tool of tools) if (!this.given.has(tool.name)) this.given.set(tool.name, tool);
  }
}
