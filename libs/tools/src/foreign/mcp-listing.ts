import type { Json } from '@countersign/kernel';
import type { ForeignTool, ForeignTools } from './foreign-tool.js';
import { readMcp } from './read-mcp.js';

/** Of everything that a server says of its tools. Servers of a hundred tools stay below 200 KiB. */
export const MAX_LISTING_BYTES = 1024 * 1024;
const MAX_TOOLS = 256;
const MAX_PAGES = 16;

/** There are more tools, or more is said of them, than anybody reads. */
export class ListingTooLarge extends Error {
  constructor() {
    super(`the server lists more than ${MAX_TOOLS} tools, more than ${MAX_PAGES} pages or more than ${MAX_LISTING_BYTES} bytes`);
  }
}

/** As much as is looked at of a tool before somebody asks for it. */
interface Listed {
  readonly name: string;
}

export interface ListingPage {
  readonly tools: readonly Listed[];
  readonly nextCursor?: string | undefined;
}

/** What an MCP server says of its tools. One that nobody asks for is never looked into. */
export class McpListing {
  private readonly given = new Map<string, Listed>();
  private readonly read = new Map<string, ForeignTool | undefined>();
  private bytes = 0;

  /** Reads all pages; `page` asks the server for one. Throws `ListingTooLarge` where there are more than anybody has a use for, and what `page` throws. */
  static async of(page: (cursor: string | undefined) => Promise<ListingPage>): Promise<McpListing> {
    const listing = new McpListing();
    let cursor: string | undefined;
    for (let nth = 0; nth < MAX_PAGES; nth += 1) {
      const { tools, nextCursor } = await page(cursor);
      listing.add(tools);
      if (nextCursor === undefined) return listing;
      cursor = nextCursor;
    }
    throw new ListingTooLarge();
  }

  /** The tool as the other side calls it; `undefined` where there is none, or none that can be read. */
  toolNamed(name: string): ForeignTool | undefined {
    const given = this.given.get(name);
    if (given === undefined) return undefined;
    if (!this.read.has(name)) this.read.set(name, readMcp([given] as unknown as Json).tools[0]);
    return this.read.get(name);
  }

  /** All of them, and which cannot be read. */
  all(): ForeignTools {
    return readMcp([...this.given.values()] as unknown as Json);
  }

  private add(tools: readonly Listed[]): void {
    this.bytes += Buffer.byteLength(JSON.stringify(tools));
    if (this.bytes > MAX_LISTING_BYTES || this.given.size + tools.length > MAX_TOOLS) throw new ListingTooLarge();
    for (const tool of tools) if (!this.given.has(tool.name)) this.given.set(tool.name, tool);
  }
}
