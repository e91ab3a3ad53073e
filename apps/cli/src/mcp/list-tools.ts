import { CountersignError, messageOf, seconds, unlessAborted } from '@countersign/kernel';
import { MAX_LISTING_BYTES, McpListing, type ForeignTools } from '@countersign/tools';
import { oneLine } from '../terminal/safe-text.js';
import type { ServerCommand } from './server-command.js';

/** `npx` may have to fetch a package first. */
const LISTING_DEADLINE = seconds(90);
/** Of what a program wrote to stderr: enough for the line that says what is wrong. */
const LAST_WORDS = 600;

const CLIENT = { name: 'countersign', version: '1' };

/**
 * Starts an MCP server, asks it for its tools, and ends it: none of them is called. Throws `STACK_START_FAILED` where it does not start, greet us or list
 * them in time, with the end of what it wrote to stderr.
 */
export const listTools = async ({ command, args, env, cwd }: ServerCommand, signal: AbortSignal): Promise<ForeignTools> => {
  // They are large, and most commands need none of them.
  const [{ Client }, { StdioClientTransport }] = await Promise.all([import('@modelcontextprotocol/client'), import('@modelcontextprotocol/client/stdio')]);
  const transport = new StdioClientTransport({ command, args: [...args], env: { ...env }, cwd, stderr: 'pipe', maxBufferSize: MAX_LISTING_BYTES });
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-LAST_WORDS)));
  // It can ask us for nothing: no sampling, no elicitation, no roots.
  const client = new Client(CLIENT, { versionNegotiation: { mode: 'auto' }, inputRequired: { autoFulfill: false } });
  const late = AbortSignal.any([signal, AbortSignal.timeout(LISTING_DEADLINE)]);
  const list = async (): Promise<ForeignTools> => {
    await client.connect(transport, { timeout: LISTING_DEADLINE });
    if (!client.getServerCapabilities()?.tools) return { tools: [], skipped: [] };
    const listing = await McpListing.of((cursor) => client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, { signal: late, timeout: LISTING_DEADLINE }));
    return listing.all();
  };
  try {
    return await unlessAborted(list(), late);
  } catch (cause) {
    const words = said.trim().split('\n').slice(-3).map((line) => `\n  ${oneLine(line)}`).join('');
    throw new CountersignError('STACK_START_FAILED', `\`${oneLine([command, ...args].join(' '))}\` does not say what its tools are: ${messageOf(cause)}${words}`, { cause, hint: 'start it by itself and see what it says' });
  } finally {
    await client.close().catch(() => undefined);
    await transport.close().catch(() => undefined);
  }
};
