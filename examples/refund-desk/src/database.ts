import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import { ApiError, databaseUnavailable } from './api-error.js';

/** Enough for the load tests of one process; PostgreSQL allows 100 in all by default. */
const POOL_SIZE = 10;
/** Shorter than the 10 s after which callers usually give up, so that they get an answer and not a silence. */
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 8_000;

/** SQLSTATEs that say the server is going, gone, starting, full, or was too slow; class 08 is the connection itself. */
const UNAVAILABLE_SQLSTATE = /^(08...|57P0[1-5]|57014|53300|40P01|55P03)$/;
const UNAVAILABLE_ERRNO = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/** What pg throws without any code when a connection breaks under a query or cannot be had. */
const UNAVAILABLE_MESSAGE = /^(connection terminated|timeout exceeded when trying to connect|client has encountered)/i;

export function openPool(databaseUrl: string, onIdleError: (error: Error) => void): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'payments',
  });
  // Without a listener a restart of the database would end this process.
  pool.on('error', onIdleError);
  return pool;
}

export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_ERRNO.has(code) || UNAVAILABLE_MESSAGE.test(error.message);
}

/** Turns a fault of the database into what a caller may be told; anything else comes back as it is. */
export function toApiError(error: unknown): unknown {
  return !(error instanceof ApiError) && isUnavailable(error) ? databaseUnavailable() : error;
}

/** Runs `work` in one transaction, which is rolled back if `work` throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle clients only; one that breaks between two queries here would end the process.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
