import { isAbsolute } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import { readPrivateEntries, UnusableEntry } from '@countersign/identity';
import { readReach, type OutsidePlace } from '@countersign/outbound';
import type { CredentialSource } from '../credentials/credential.js';
import { readSource } from '../credentials/read-source.js';
import type { RequestSigner } from '../credentials/request-signer.js';

/** An outside system that is spoken to over the network: where it is and what opens it. Only the executor knows this. */
export interface HttpConnection extends OutsidePlace {
  readonly token?: string | undefined;
  /** Where what opens it comes from, where that is no `token` of the file. */
  readonly credential?: CredentialSource;
  /** Signs each request, where what opens it is a signature. */
  readonly sign?: RequestSigner;
  /** What web hooks are signed with. */
  readonly secret?: string;
}

/** An outside system that is a program, spoken to over its standard input and output. */
export interface ProgramConnection {
  readonly command: string;
  readonly args: readonly string[];
  /** All that it gets of an environment, beside what finds programs and a home. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder that it is started in; absent: that of the executor. */
  readonly cwd?: string;
}

export type Connection = HttpConnection | ProgramConnection;

const HTTP_KEYS = ['url', 'token', 'credential', 'secret', 'allowPrivate', 'networks'];
const PROGRAM_KEYS = ['command', 'args', 'env', 'cwd'];

const isTexts = (value: Json | undefined): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

const sourceOf = ({ token, credential }: JsonObject): Pick<HttpConnection, 'credential'> => {
  if (credential === undefined) return {};
  if (token !== undefined) throw new UnusableEntry('a `token` and a `credential` for');
  const read = readSource(credential);
  if ('fault' in read) throw new UnusableEntry(`a connection that ${read.fault}:`);
  return { credential: read.source };
};

const httpOf = (entry: JsonObject): HttpConnection => {
  const { url, token, secret } = entry;
  if (typeof url !== 'string' || !/^https?:/.test(url) || !URL.canParse(url)) throw new UnusableEntry('no `url` for');
  if (token !== undefined && typeof token !== 'string') throw new UnusableEntry('a `token` that is no text for');
  if (secret !== undefined && typeof secret !== 'string') throw new UnusableEntry('a `secret` that is no text for');
  const read = readReach(entry);
  if ('fault' in read) throw new UnusableEntry(`${read.fault} for`);
  return { url: new URL(url), token, ...sourceOf(entry), ...(secret !== undefined && { secret }), ...read.reach };
};

const programOf = ({ command, args = [], env = {}, cwd }: JsonObject): ProgramConnection => {
  if (typeof command !== 'string' || command === '') throw new UnusableEntry('no `command` for');
  if (!isTexts(args)) throw new UnusableEntry('an `args` that is no list of texts for');
  if (!isJsonObject(env) || !isTexts(Object.values(env))) throw new UnusableEntry('an `env` that is no map of texts for');
  if (cwd !== undefined && (typeof cwd !== 'string' || !isAbsolute(cwd))) throw new UnusableEntry('a `cwd` that is no absolute path for');
  return { command, args, env: env as ProgramConnection['env'], ...(cwd !== undefined && { cwd }) };
};

const connectionOf = (entry: Json): Connection => {
  if (!isJsonObject(entry)) throw new UnusableEntry('no `url` for');
  const isProgram = entry['command'] !== undefined;
  const stray = Object.keys(entry).find((key) => !(isProgram ? PROGRAM_KEYS : HTTP_KEYS).includes(key));
  if (stray !== undefined) throw new UnusableEntry(`an unknown key \`${stray}\` for`);
  return isProgram ? programOf(entry) : httpOf(entry);
};

/** Reads the connections by name. Throws `CONFIG_INVALID`, also where others may read the file. */
export const readConnections = (path: string): ReadonlyMap<string, Connection> =>
  readPrivateEntries(path, {
    what: 'the connections file',
    hint: 'it is JSON such as {"payments": {"url": "https://payments.example", "token": "..."}, "files": {"command": "mcp-server-filesystem", "args": ["/srv/files"]}} with mode 0600; docs/connections.md has every key',
    entryOf: connectionOf,
  });
