import { Client, escapeIdentifier } from 'pg';
import { CountersignError, messageOf, millis } from '@countersign/kernel';

/** Another machine, perhaps behind a proxy that wakes it. */
const CONNECT_DEADLINE = millis(10_000);
/** The database that nearly every server has. */
const MAINTENANCE = 'postgres';
/** PostgreSQL's own codes. */
const NO_SUCH_DATABASE = '3D000';
const ALREADY_THERE = '42P04';
const STATE = /^[0-9A-Z]{5}$/;

/** The code that PostgreSQL answered with; `undefined` where nothing answered. */
const stateOf = (fault: unknown): string | undefined => {
  const code: unknown = fault instanceof Error ? Reflect.get(fault, 'code') : undefined;
  return typeof code === 'string' && STATE.test(code) && !code.startsWith('E') ? code : undefined;
};

const run = async (url: string, text: string): Promise<void> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_DEADLINE });
  // Without a listener the end of the server would end this process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** The same server, another database. */
const withDatabase = (url: string, name: string): string => {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
};

const refused = (name: string, cause: unknown): CountersignError =>
  new CountersignError('DATABASE_REFUSED', `the database \`${name}\` is not on the PostgreSQL of DATABASE_URL, and could not be made there: ${messageOf(cause)}`, {
    hint: `have its administrator run \`create database ${name}\`, owned by the user of DATABASE_URL`,
    cause,
  });

/** Whether the database answers; throws where that is for another reason than that it is not there. */
const isThere = async (url: string, name: string): Promise<boolean> => {
  try {
    await run(url, 'select 1');
    return true;
  } catch (cause) {
    const state = stateOf(cause);
    if (state === NO_SUCH_DATABASE) return false;
    if (state === undefined) throw new CountersignError('DATABASE_UNREACHABLE', `the PostgreSQL of DATABASE_URL cannot be reached: ${messageOf(cause)}`, { retry: 'later', cause });
    throw new CountersignError('DATABASE_REFUSED', `the PostgreSQL of DATABASE_URL does not let its user into the database \`${name}\`: ${messageOf(cause)}`, { cause });
  }
};

/** Made from the database that the URL names or, where that is not there either, from the one that nearly every server has. */
const make = async (url: string, name: string): Promise<void> => {
  const text = `create database ${escapeIdentifier(name)}`;
  try {
    await run(url, text).catch((fault: unknown) => (stateOf(fault) === NO_SUCH_DATABASE ? run(withDatabase(url, MAINTENANCE), text) : Promise.reject(fault as Error)));
  } catch (fault) {
    // Somebody else was quicker.
    if (stateOf(fault) !== ALREADY_THERE) throw refused(name, fault);
  }
};

/** From the one database that nearly every server has: nobody can drop the one they are in. */
const drop = async (url: string, name: string): Promise<void> => {
  try {
    await run(withDatabase(url, MAINTENANCE), `drop database if exists ${escapeIdentifier(name)} with (force)`);
  } catch (cause) {
    throw new CountersignError('DATABASE_REFUSED', `the database \`${name}\` on the PostgreSQL of DATABASE_URL could not be dropped: ${messageOf(cause)}`, { hint: `have its administrator drop and make it: \`drop database ${name}; create database ${name}\``, cause });
  }
};

/**
 * A database of this name on the server of `url`: made if it is not there and the user of the URL may make it. Answers its URL.
 * Throws `DATABASE_UNREACHABLE`, and `DATABASE_REFUSED` with what an administrator has to do.
 */
export const externalDatabase = async (url: string, name: string, { anew = false }: { readonly anew?: boolean } = {}): Promise<string> => {
  const target = withDatabase(url, name);
  if (anew) await drop(url, name);
  if (!(await isThere(target, name))) await make(url, name);
  return target;
};
