import type { Connection } from './connections.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

/** What speaks to the system could not be loaded: the installation is broken, and nothing was sent. */
export const ADAPTER_UNLOADABLE = 'adapter.unloadable';

/** A client whose library is large, and is loaded for the first call that needs it. */
export class LazyToolClient implements ToolClient {
  private loading: Promise<ToolClient> | undefined;

  constructor(private readonly load: () => Promise<ToolClient>) {}

  async send(connection: Connection, request: ToolRequest, options: SendOptions): Promise<ToolAnswer> {
    let client: ToolClient;
    try {
      client = await (this.loading ??= this.load());
    } catch {
      this.loading = undefined;
      return { kind: 'not-sent', code: ADAPTER_UNLOADABLE };
    }
    // Time has passed since it was asked.
    if (options.signal.aborted) return { kind: 'not-sent', code: 'TOOL_TIMEOUT' };
    return options.forbids?.() ?? client.send(connection, request, options);
  }

  /** What was never loaded has opened nothing. */
  async close(): Promise<void> {
    const client = await this.loading?.catch(() => undefined);
    await client?.close?.();
  }
}
