import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { ApiError, invalidRequest } from './api-error.js';
import { openPool, toApiError } from './database.js';
import { CallerGone, FaultSwitches, noFault } from './faults.js';
import type { PaymentsConfig } from './payments.config.js';
import { readJson } from './request-body.js';
import { findRoute, routesOf } from './routes.js';
import type { ApiAnswer, Route } from './routes.js';
import { createSchema } from './schema.js';
import { seed } from './seed.js';

/** Callers keep connections for a few seconds; closing first, under a request just sent, would look like a lost answer. */
const KEEP_ALIVE_MS = 65_000;
/** How long requests under way may take to finish at a stop. */
const STOP_GRACE_MS = 3_000;

export interface PaymentsService {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Finishes what is under way, closes every connection and the database pool. */
  close(): Promise<void>;
}

/** Takes what callers are not told in full. */
export type FaultLog = (event: string, error: unknown) => void;

/** Creates the schema, seeds it and listens on loopback. Throws if the database does not come within 30 s. */
export async function startPayments(config: PaymentsConfig, log: FaultLog): Promise<PaymentsService> {
  const pool = openPool(config.databaseUrl, (error) => log('database connection lost', error));
  const stopping = new AbortController();
  const api = new PaymentsApi(config, pool, stopping.signal, log);
  const server = createServer((request, response) => void api.handle(request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  try {
    await createSchema(pool);
    await seed(pool);
    const url = await listen(server, config.port);
    return { url, close: () => close(server, pool, stopping) };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function close(server: Server, pool: Pool, stopping: AbortController): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  stopping.abort();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await closed;
  clearTimeout(force);
  await pool.end();
}

class PaymentsApi {
  readonly #faults = new FaultSwitches();
  readonly #routes: readonly Route[];
  readonly #tokenHash: Buffer;

  constructor(
    config: PaymentsConfig,
    private readonly pool: Pool,
    private readonly stopping: AbortSignal,
    private readonly log: FaultLog,
  ) {
    this.#routes = routesOf(pool, this.#faults).filter((route) => config.faultSwitches || route.isSwitch !== true);
    this.#tokenHash = sha256(config.apiToken);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.answer(request, response).catch((error: unknown) => this.answerTo(error));
    if (answer === undefined || response.destroyed) {
      response.destroy();
      return;
    }
    const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      ...(body !== '' && { 'content-type': 'application/json' }),
      'content-length': Buffer.byteLength(body),
      ...(this.stopping.aborted && { connection: 'close' }),
      ...answer.headers,
    });
    response.end(body);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<ApiAnswer> {
    const { pathname, searchParams } = targetOf(request);
    const method = request.method ?? '';
    if (pathname === '/healthz' && method === 'GET') return this.health();
    this.authenticate(request);
    const { route, id } = findRoute(this.#routes, method, pathname);
    const body = method === 'POST' ? await readJson(request) : undefined;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const points = route.isSwitch
      ? noFault
      : this.#faults.draw(method, pathname, { gone: gone.signal, stopping: this.stopping });
    await points.start();
    const answer = await route.handle({ id, query: searchParams, headers: request.headers, body, points });
    await points.end();
    return answer;
  }

  private async health(): Promise<ApiAnswer> {
    await this.pool.query('SELECT 1');
    return { status: 200, body: { status: 'ok' } };
  }

  private authenticate(request: IncomingMessage): void {
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
    // Hashed, because only buffers of one length can be compared in constant time.
    const matches = timingSafeEqual(sha256(token), this.#tokenHash);
    if (scheme.toLowerCase() === 'bearer' && matches) return;
    throw new ApiError(401, 'unauthorized', 'a bearer token that is known is needed', { 'www-authenticate': 'Bearer' });
  }

  /** Undefined when there is nobody to answer. */
  private answerTo(thrown: unknown): ApiAnswer | undefined {
    if (thrown instanceof CallerGone) return undefined;
    const error = toApiError(thrown);
    if (error !== thrown) this.log('database unavailable', thrown);
    if (error instanceof ApiError) {
      return { status: error.status, headers: error.headers, body: { error: { code: error.code, message: error.message } } };
    }
    this.log('request failed', error);
    return { status: 500, body: { error: { code: 'internal', message: 'the request failed inside the service' } } };
  }
}

function targetOf(request: IncomingMessage): URL {
  const target = request.url ?? '/';
  // Joined, not resolved: `//host/path` is a path here, never another host.
  const url = target.startsWith('/') ? URL.parse(`http://payments.invalid${target}`) : null;
  if (url === null) throw invalidRequest('the request target is not a path');
  return url;
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'));
      else resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
