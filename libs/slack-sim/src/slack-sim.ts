import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { callBack, Sockets, type Answer, type Delivery } from './callbacks.js';
import { servePage } from './page.js';
import { WebApi, type Arguments } from './web-api.js';
import { Workspace, type SimChannel, type SimMessage, type SimUser } from './workspace.js';

export interface SlackSimOptions {
  readonly team: string;
  readonly users: readonly SimUser[];
  readonly channels: readonly SimChannel[];
  readonly botToken: string;
  /** For apps in socket mode. */
  readonly appToken?: string;
  /** For an app that takes callbacks, and where it does. */
  readonly callbacks?: { readonly url: string; readonly signingSecret: string };
  /** 0 for a free one. */
  readonly port?: number;
  readonly now?: () => number;
}

/** What happens to the next calls of a method. `lost`: it is done, and the answer never comes. `dropped`: it is not done, and no answer comes either. */
export type Trouble = { readonly kind: 'error'; readonly error: string } | { readonly kind: 'rate-limit'; readonly seconds: number } | { readonly kind: 'lost' } | { readonly kind: 'dropped' } | { readonly kind: 'status'; readonly status: number } | { readonly kind: 'slow'; readonly ms: number };

/** A call that was made. */
export interface CallSeen {
  readonly method: string;
  readonly given: Arguments;
  /** Slack's own word, or what happened to it. */
  readonly outcome: string;
}

const LOOPBACK = '127.0.0.1';
const BOT = 'U0COUNTERSIGN';
const PING_EVERY_MS = 10_000;
const LARGEST_BODY = 1_000_000;

/** A workspace of Slack on this machine: its Web API, its sockets or callbacks, and a page that shows what a channel shows. */
export class SlackSim {
  readonly workspace: Workspace;
  readonly calls: CallSeen[] = [];
  readonly sockets = new Sockets();
  private readonly server: Server;
  private readonly wss = new WebSocketServer({ noServer: true });
  private readonly api: WebApi;
  private readonly troubles = new Map<string, Trouble[]>();
  private readonly connections = new Set<Socket>();
  private readonly pings: NodeJS.Timeout;
  private tickets = 0;

  private constructor(private readonly options: SlackSimOptions) {
    const { team, users, channels, botToken, appToken, now } = options;
    this.workspace = new Workspace(team, users, channels, now);
    this.api = new WebApi(this.workspace, { botToken, appToken, bot: BOT, socketUrl: () => `${this.url.replace('http', 'ws')}/link?ticket=${(this.tickets += 1)}` });
    this.server = createServer((request, response) => void this.answer(request, response));
    this.server.on('connection', (socket) => {
      this.connections.add(socket);
      socket.on('close', () => this.connections.delete(socket));
    });
    this.server.on('upgrade', (request, socket, head) => {
      if (/^\/link\?ticket=\d+$/.test(request.url ?? '')) this.wss.handleUpgrade(request, socket, head, (opened) => this.sockets.add(opened));
      else socket.destroy();
    });
    this.pings = setInterval(() => this.sockets.ping(), PING_EVERY_MS);
    this.pings.unref();
  }

  static async start(options: SlackSimOptions): Promise<SlackSim> {
    const sim = new SlackSim(options);
    await new Promise<void>((resolve, reject) => sim.server.once('error', reject).listen(options.port ?? 0, LOOPBACK, resolve));
    return sim;
  }

  /** Of the page; the Web API is below it, at `/api/`. */
  get url(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  get apiUrl(): string {
    return `${this.url}/api/`;
  }

  async close(): Promise<void> {
    clearInterval(this.pings);
    this.sockets.drop(false);
    this.wss.close();
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** What happens to the next calls of a method, one after another. */
  trouble(method: string, ...troubles: readonly Trouble[]): void {
    this.troubles.set(method, [...(this.troubles.get(method) ?? []), ...troubles]);
  }

  /** Somebody presses a button of a message. Throws where the message has no such button. */
  press({ user, message, action, ...delivery }: { readonly user: string; readonly message: SimMessage; readonly action: string; readonly pressedAt?: number; readonly value?: string } & Delivery): Promise<Answer> {
    const button = buttonsOf(message).find(({ action_id: id }) => id === action);
    if (!button) throw new Error(`the message has no button \`${action}\``);
    return this.deliver(this.pressPayload(user, message, { ...button, ...(delivery.value !== undefined && { value: delivery.value }) }, delivery.pressedAt), delivery);
  }

  /** What Slack hands over for a press: for specs that hand it over themselves, also what no button says. */
  pressPayload(user: string, { channel, ts }: Pick<SimMessage, 'channel' | 'ts'>, button: Readonly<Record<string, unknown>>, pressedAt = this.workspace.now()): Readonly<Record<string, unknown>> {
    return {
      type: 'block_actions',
      ...this.who(user),
      api_app_id: 'A0SIMULATED',
      container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
      channel: { id: channel, name: this.workspace.channels.find(({ id }) => id === channel)?.name ?? 'elsewhere' },
      message: { type: 'message', ts, text: this.workspace.find(channel, ts)?.text ?? '' },
      trigger_id: this.workspace.trigger(user),
      actions: [{ block_id: 'block', ...button, type: 'button', action_ts: (pressedAt / 1_000).toFixed(6) }],
    };
  }

  /** Somebody sends the modal that is open before them; it closes where the app takes it. */
  async submit({ user, values = {}, ...delivery }: { readonly user: string; readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>> } & Delivery): Promise<Answer> {
    const open = this.workspace.views.find((view) => view.user === user);
    if (!open) throw new Error(`no modal is open before ${user}`);
    const state = Object.fromEntries(Object.entries(values).map(([block, fields]) => [block, Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { type: 'plain_text_input', value }]))]));
    const payload = { type: 'view_submission', ...this.who(user), api_app_id: 'A0SIMULATED', trigger_id: this.workspace.trigger(user), view: { id: open.id, type: 'modal', ...open.view, state: { values: state }, hash: 'h' } };
    const answer = await this.deliver(payload, delivery);
    if (answer.kind === 'answered' && answer.payload['response_action'] === 'errors') {
      open.errors = answer.payload['errors'] as Record<string, string>;
      this.workspace.changed();
    } else if (answer.kind === 'answered') this.workspace.close(open.id);
    return answer;
  }

  deliver(payload: unknown, delivery: Delivery = {}): Promise<Answer> {
    const { callbacks } = this.options;
    return callbacks ? callBack(callbacks.url, callbacks.signingSecret, payload, delivery) : this.sockets.deliver(payload, delivery);
  }

  private who(user: string): Readonly<Record<string, unknown>> {
    const { team, users } = this.workspace;
    const known = users.find(({ id }) => id === user);
    return { team: { id: team, domain: 'simulated' }, user: { id: user, username: known?.name ?? user, name: known?.name ?? user, team_id: known?.team ?? team } };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (!pathname.startsWith('/api/')) return servePage(this, request, response);
    const method = pathname.slice('/api/'.length);
    const body = await bodyOf(request);
    const given = argumentsIn(body, request.headers['content-type'] ?? '');
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? (typeof given['token'] === 'string' ? given['token'] : '');
    const trouble = this.troubles.get(method)?.shift();
    const seen = (outcome: string): void => void this.calls.push({ method, given, outcome });
    if (trouble?.kind === 'slow') await sleep(trouble.ms);
    if (trouble?.kind === 'dropped') {
      seen('dropped');
      return void request.socket.destroy();
    }
    if (trouble?.kind === 'rate-limit') {
      seen('ratelimited');
      return void response.writeHead(429, { 'retry-after': String(trouble.seconds), 'content-type': 'application/json' }).end(JSON.stringify({ ok: false, error: 'ratelimited' }));
    }
    if (trouble?.kind === 'status') {
      seen(`status ${trouble.status}`);
      return void response.writeHead(trouble.status).end();
    }
    const said = trouble?.kind === 'error' ? { ok: false, error: trouble.error } : this.api.call(method, token, given);
    if (trouble?.kind === 'lost') {
      seen('lost');
      return void request.socket.destroy();
    }
    seen(said.ok ? 'ok' : String(said['error']));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  }
}

/** Every button of a message. */
export const buttonsOf = ({ blocks }: Pick<SimMessage, 'blocks'>): readonly Readonly<Record<string, unknown>>[] =>
  blocks.flatMap((block) => (block.type === 'actions' && Array.isArray(block['elements']) ? (block['elements'] as Readonly<Record<string, unknown>>[]) : []));

export const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > LARGEST_BODY) break;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
};

const valueIn = (text: string): unknown => {
  if (!/^[[{]|^(true|false)$/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

const argumentsIn = (body: string, type: string): Arguments => {
  if (type.includes('json')) return valueIn(body) as Arguments;
  return Object.fromEntries([...new URLSearchParams(body)].map(([name, value]) => [name, name === 'text' ? value : valueIn(value)]));
};
