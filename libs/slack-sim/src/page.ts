import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, type SlackSim } from './slack-sim.js';

const FILES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/style.css': { file: 'style.css', type: 'text/css; charset=utf-8' },
};

const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const json = (response: ServerResponse, status: number, body: unknown): void => void response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(body));

/** What the page shows. */
const stateOf = ({ workspace, sockets }: SlackSim): object => {
  const { team, users, channels, messages, whispers, views } = workspace;
  return { team, users, channels, messages, whispers, views, isConnected: sockets.count > 0 };
};

/** Another page of the browser could send requests here, but none with this header, and none under this name. */
const isOurs = ({ headers }: IncomingMessage, sim: SlackSim): boolean => headers['x-slack-sim'] === 'page' && headers.host === new URL(sim.url).host;

const events = (sim: SlackSim, response: ServerResponse): void => {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
  const send = (): void => void response.write(`data: ${JSON.stringify(stateOf(sim))}\n\n`);
  send();
  const off = sim.workspace.onChange(send);
  const alive = setInterval(send, 5_000);
  response.on('close', () => {
    clearInterval(alive);
    off();
  });
};

interface Order {
  readonly user?: string;
  readonly channel?: string;
  readonly ts?: string;
  readonly action?: string;
  readonly view?: string;
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const act = async (sim: SlackSim, path: string, { user = '', channel = '', ts = '', action = '', view = '', values = {} }: Order): Promise<{ readonly status: number; readonly body: object }> => {
  const { workspace } = sim;
  if (!workspace.users.some(({ id }) => id === user)) return { status: 404, body: { error: 'nobody of this workspace' } };
  if (path === '/sim/close') {
    workspace.close(view);
    return { status: 200, body: {} };
  }
  if (path === '/sim/submit') {
    if (!workspace.views.some((open) => open.user === user && open.id === view)) return { status: 404, body: { error: 'the modal is closed' } };
    return { status: 200, body: await sim.submit({ user, values }) };
  }
  const message = workspace.find(channel, ts);
  if (!message) return { status: 404, body: { error: 'the message is gone' } };
  try {
    return { status: 200, body: await sim.press({ user, message, action }) };
  } catch {
    return { status: 409, body: { error: 'the button is gone' } };
  }
};

const orderIn = (body: string): Order | undefined => {
  try {
    const order = JSON.parse(body) as unknown;
    return typeof order === 'object' && order !== null ? order : undefined;
  } catch {
    return undefined;
  }
};

/** The page, and what it asks for. */
export const servePage = async (sim: SlackSim, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname } = new URL(request.url ?? '/', sim.url);
  if (request.method === 'GET') {
    const found = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
    if (found) return void response.writeHead(200, { ...HEADERS, 'content-type': found.type }).end(readFileSync(new URL(`../page/${found.file}`, import.meta.url)));
    if (pathname === '/healthz') return json(response, 200, { ok: true });
    if (pathname === '/sim/events') return events(sim, response);
    if (pathname === '/sim/state') return json(response, 200, stateOf(sim));
  }
  if (request.method === 'POST' && ['/sim/press', '/sim/submit', '/sim/close'].includes(pathname)) {
    if (!isOurs(request, sim)) return json(response, 403, { error: 'not from this page' });
    const order = orderIn(await bodyOf(request));
    if (!order) return json(response, 400, { error: 'no JSON' });
    const { status, body } = await act(sim, pathname, order);
    return json(response, status, body);
  }
  json(response, 404, { error: 'nothing is here' });
};
