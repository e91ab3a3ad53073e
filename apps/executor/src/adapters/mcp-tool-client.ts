import { isJsonObject, minutes, seconds, unlessAborted, type Json, type Sha256 } from '@countersign/kernel';
import type { ToolContract } from '@countersign/domain';
import type { Drift } from '@countersign/tools';
import type { Logger } from '@countersign/telemetry';
import type { Connection } from './connections.js';
import { answerOfMcpFault, answerOfOpening, answerOfResult, MCP_SESSION_GONE } from './mcp-answer.js';
import { McpSession } from './mcp-session.js';
import type { SendOptions, ToolAnswer, ToolClient, ToolRequest } from './tool-client.js';

/** The server says something else of the tool than what people have read and pinned. */
export const QUARANTINED = 'tool.quarantined';
/** The server was started a moment ago and is gone again. */
const REOPENING = 'mcp.reopening';

/** A server that ends as soon as it begins is not started more often than this. */
const REOPEN_AFTER = seconds(1);
/** Longer than any call. A token that was made for one action opens a session that nobody else uses. */
const IDLE = minutes(5);
/** A server that lets as many calls go unanswered in a row is ended, and started anew for the next one. */
const UNANSWERED = 3;

/** A server and what is known of it. */
interface Server {
  readonly session: Promise<McpSession>;
  readonly since: number;
  usedAt: number;
  unanswered: number;
  isGone: boolean;
}

/** Tools of MCP servers. Each connection has one session at a time, opened when it is first needed. */
export class McpToolClient implements ToolClient {
  private readonly servers = new Map<string, Server>();
  private readonly told = new Set<string>();

  constructor(private readonly log: Pick<Logger, 'warn'>) {}

  async send(connection: Connection, { body }: ToolRequest, { signal, maxBytes, tool, forbids }: SendOptions): Promise<ToolAnswer> {
    const server = this.serverOf(connection);
    if (!server) return { kind: 'not-sent', code: REOPENING };
    let session: McpSession;
    try {
      session = await unlessAborted(server.session, signal);
      const drift = await unlessAborted(session.drift(tool, signal), signal);
      if ((drift.kind === 'changed' || drift.kind === 'gone') && isCallOf(tool, body)) return this.quarantined(tool, drift);
    } catch (fault) {
      // Not for a caller who gave up: a server that greets or lists in vain is asked anew.
      if (!signal.aborted) this.letGo(server);
      return answerOfOpening(fault, signal);
    }
    const forbidden = forbids?.();
    if (forbidden) return forbidden;
    const answer = await this.call(session, body, signal, maxBytes);
    server.unanswered = answer.kind === 'timeout' ? server.unanswered + 1 : 0;
    if (server.unanswered >= UNANSWERED || (answer.kind === 'not-sent' && answer.code === MCP_SESSION_GONE)) this.letGo(server);
    return answer;
  }

  private letGo(server: Server): void {
    server.isGone = true;
    server.session.then((session) => session.close()).catch(() => undefined);
  }

  /** Ends the programs that were started. */
  async close(): Promise<void> {
    const open = [...this.servers.values()];
    this.servers.clear();
    await Promise.allSettled(open.map(async ({ session }) => (await session).close()));
  }

  private async call(session: McpSession, body: Json | undefined, signal: AbortSignal, maxBytes: number): Promise<ToolAnswer> {
    if (body === undefined || !isJsonObject(body)) return { kind: 'refused', code: 'mcp.no-call' };
    try {
      return answerOfResult(await session.call(body, signal), maxBytes);
    } catch (fault) {
      return answerOfMcpFault(fault, signal);
    }
  }

  /** The server of a connection, opened anew where the last one has ended; `undefined` where that was only a moment ago. */
  private serverOf(connection: Connection): Server | undefined {
    const now = performance.now();
    for (const [idle, server] of this.servers) {
      if (now - server.usedAt < IDLE) continue;
      this.letGo(server);
      this.servers.delete(idle);
    }
    const key = keyOf(connection);
    const known = this.servers.get(key);
    if (known && !known.isGone) {
      known.usedAt = now;
      return known;
    }
    if (known && now - known.since < REOPEN_AFTER) return undefined;
    const server: Server = { session: McpSession.open(connection), since: now, usedAt: now, unanswered: 0, isGone: false };
    const gone = (): void => void (server.isGone = true);
    server.session.then((session) => session.onOver(gone), gone);
    this.servers.set(key, server);
    return server;
  }

  private quarantined({ id, descriptionHash: hash = '' as Sha256 }: ToolContract, { kind, what }: Drift): ToolAnswer {
    const line = `${id} ${hash} ${what.join()}`;
    if (!this.told.has(line)) this.log.warn('a tool is quarantined: its server says something else of it than its contract', { tool: id, hash, kind, reason: what });
    this.told.add(line);
    return { kind: 'refused', code: QUARANTINED };
  }
}

/** What opens a server is part of who speaks to it. */
const keyOf = (connection: Connection): string => ('url' in connection ? [connection.url.href, connection.token ?? '', connection.allowPrivate ?? false, ...(connection.networks ?? [])].join(' ') : JSON.stringify(connection));

/** A read-back may be made with another tool of the server, which has a contract of its own or none. */
const isCallOf = ({ request }: ToolContract, body: Json | undefined): boolean => nameIn(body) === nameIn(request.body);
const nameIn = (body: Json | undefined): Json | undefined => (body !== undefined && isJsonObject(body) ? body['name'] : undefined);
