/** A server that says more than we read, or does not say what it must: why nothing of it is waited for any longer. */
export class McpFault extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** It did not greet us, or did not say what its tools are, by the deadline. */
export const MCP_SILENT = 'mcp.silent';
/** One message is larger than any that we have a use for. */
export const MCP_MESSAGE_TOO_LARGE = 'mcp.message-too-large';
/** There are more tools, or more is said of them, than anybody reads. */
export const MCP_LISTING_TOO_LARGE = 'mcp.listing-too-large';
/** It says that its tools have changed whenever they were read. */
export const MCP_LISTING_UNSETTLED = 'mcp.listing-unsettled';
