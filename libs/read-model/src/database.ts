import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { Pool, types, type PoolConfig } from 'pg';
import { CountersignError, seconds, timestamp, type Instant } from '@countersign/kernel';
import { databaseFault } from './database-fault.js';
import type { Tables } from './tables.js';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`; never logged. */
  readonly url: string;
  /** Hears of connections that broke while nobody used them, and of each repeat. */
  readonly onFault?: (fault: CountersignError) => void;
}

/** One for what is projected, the rest for queries: more would only queue in PostgreSQL. */
const POOL_SIZE = 6;
const CONNECT_TIMEOUT = seconds(5);
/** A server that is frozen answers nothing: no statement of ours takes this long on a model of ordinary size. */
const STATEMENT_TIMEOUT = seconds(60);
/** The services and PostgreSQL are started together. */
const START_DEADLINE = seconds(30);
/** A broken connection is found out by the first statement; the second one gets a new connection. */
const QUERY_ATTEMPTS = 3;
/** An outage is waited out, and the first events come within seconds of its end. */
const LONGEST_PAUSE = seconds(5);

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** Offsets and micro-USD are safe integers by their schema; a sum that is none must not go on rounded. */
const readInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new CountersignError('INTERNAL', `PostgreSQL gave an integer beyond 2^53`);
  return value;
};

const readTimestamp = (text: string): string => timestamp(Date.parse(text) as Instant);

const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && oid === INT8) return readInt8;
  if (format !== 'binary' && oid === TIMESTAMPTZ) return readTimestamp;
  return types.getTypeParser(oid, format);
}) as typeof types.getTypeParser;

const poolConfig = (url: string): PoolConfig => ({
  connectionString: url,
  max: POOL_SIZE,
  connectionTimeoutMillis: CONNECT_TIMEOUT,
  query_timeout: STATEMENT_TIMEOUT,
  keepAlive: true,
  application_name: 'countersign',
  types: { getTypeParser },
});

const backoff = new ExponentialBackoff({ initialDelay: 100, maxDelay: LONGEST_PAUSE });
const isPassing = (fault: unknown): boolean => fault instanceof CountersignError && fault.retry !== 'never';

/** PostgreSQL with a pool, faults as errors of ours, and repeats of what may pass the next time. */
export class Database {
  private readonly db: Kysely<Tables>;
  private readonly onFault: (fault: CountersignError) => void;

  constructor(options: DatabaseOptions) {
    this.onFault = options.onFault ?? (() => undefined);
    const pool = new Pool(poolConfig(options.url));
    // Without a listener a connection that breaks while it is idle would end the process.
    pool.on('error', (fault) => this.onFault(databaseFault(fault)));
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  }

  /** One or more statements; throws `DATABASE_UNREACHABLE` or `DATABASE_REFUSED`. */
  query<Result>(work: (db: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.repeat(() => work(this.db), QUERY_ATTEMPTS);
  }

  /** Like `query`, for as long as PostgreSQL may take to come up beside us. */
  patiently<Result>(work: (db: Kysely<Tables>) => Promise<Result>): Promise<Result> {
    return this.repeat(() => work(this.db), Number.POSITIVE_INFINITY, AbortSignal.timeout(START_DEADLINE));
  }

  /** Statements that see one state of the database. */
  snapshot<Result>(work: (trx: Transaction<Tables>) => Promise<Result>): Promise<Result> {
    return this.query((db) =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute(async (trx) => {
          // Text forms of times rest on it.
          await sql`set local timezone to 'UTC'`.execute(trx);
          return work(trx);
        }),
    );
  }

  /** A transaction that is tried again until PostgreSQL is back or `signal` fires: only what the log holds may go in. */
  write<Result>(work: (trx: Transaction<Tables>) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return this.repeat(() => this.db.transaction().execute(work), Number.POSITIVE_INFINITY, signal);
  }

  close(): Promise<void> {
    return this.db.destroy();
  }

  private async repeat<Result>(work: () => Promise<Result>, attempts: number, signal?: AbortSignal): Promise<Result> {
    const policy = retry(handleWhen(isPassing), { maxAttempts: attempts - 1, backoff });
    policy.onRetry((reason) => {
      if ('error' in reason) this.onFault(databaseFault(reason.error));
    });
    return policy.execute(async () => {
      try {
        return await work();
      } catch (fault) {
        throw databaseFault(fault);
      }
    }, signal);
  }
}
