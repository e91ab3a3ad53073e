import { Client, type CallToolResult } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { cleanEnvironment } from './cli.ts';
import { eventually } from './eventually.ts';
import { CLI_MAIN, inWorkspace } from './workspace.ts';

/** A first start makes the data of a stack, on a machine that does much else. */
const LONGEST_START_MS = 150_000;

export interface ProxyAnswer {
  readonly status: string;
  readonly actionId: string;
  readonly reason: string;
  readonly approvalId: string;
  readonly ruleId?: string;
  readonly code?: string;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** An agent's MCP client whose server is `countersign mcp proxy`. */
export class ProxiedClient {
  private constructor(
    private readonly client: Client,
    private readonly transport: StdioClientTransport,
    private readonly said: { text: string },
    /** Resolves once the proxy has said that its list is another one. */
    readonly changed: Promise<void>,
  ) {}

  /** `server`: how it is started, behind the `--` of the proxy. */
  static open(dataDir: string, server: readonly string[], { options = [], env = {} }: { readonly options?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {}): Promise<ProxiedClient> {
    return ProxiedClient.start([process.execPath, CLI_MAIN, '--data', dataDir, 'mcp', 'proxy', '--wait', '2s', ...options, '--', ...server], env);
  }

  /** By a whole command, as a client's configuration has it. */
  static async start([command = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProxiedClient> {
    const environment = Object.entries(cleanEnvironment(env)).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    const transport = new StdioClientTransport({ command, args, env: Object.fromEntries(environment), cwd: inWorkspace(), stderr: 'pipe' });
    const said = { text: '' };
    transport.stderr?.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const client = new Client({ name: 'agent', version: '1' }, { versionNegotiation: { mode: 'auto' }, listChanged: { tools: { autoRefresh: false, onChanged: () => resolve() } } });
    await client.connect(transport);
    return new ProxiedClient(client, transport, said, changed);
  }

  /** Of the proxy. */
  get pid(): number {
    return this.transport.pid ?? 0;
  }

  /** What the proxy has written to standard error. */
  get stderr(): string {
    return this.said.text;
  }

  /** The names of the tools that are offered when it is asked for them, sorted. */
  async offered(): Promise<readonly string[]> {
    return (await this.client.listTools(undefined, { timeout: LONGEST_START_MS })).tools.map(({ name }) => name).toSorted();
  }

  /** Every tool that is offered, once the server is set up: while its stack starts it offers its own two. */
  async tools() {
    return eventually(
      'the tools of a server that is set up',
      async () => {
        const { tools } = await this.client.listTools(undefined, { timeout: LONGEST_START_MS });
        return tools.length > 2 ? tools : undefined;
      },
      LONGEST_START_MS,
    );
  }

  raw(name: string, args: Readonly<Record<string, unknown>> = {}, meta?: Readonly<Record<string, unknown>>): Promise<CallToolResult> {
    return this.client.callTool({ name, arguments: { ...args }, ...(meta && { _meta: { ...meta } }) }, { timeout: 60_000 });
  }

  async call(name: string, args: Readonly<Record<string, unknown>> = {}, meta?: Readonly<Record<string, unknown>>): Promise<ProxyAnswer> {
    const { structuredContent } = await this.raw(name, args, meta);
    return structuredContent as ProxyAnswer;
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
