import { isIP } from 'node:net';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import type { Connection, HttpConnection } from './connections.js';
import { allowedBy, CallRefused, DESTINATION_PRIVATE, guardedLookup } from './destinations.js';

/** The connection is a program, and the tool is to be reached over the network. */
export const CONNECTION_WITHOUT_URL = 'connection.no-url';

/** A library of ours wants to go to another host than the connection's. */
const DESTINATION_OTHER = 'destination.other';

interface Way {
  readonly isAllowed: (address: string) => boolean;
  readonly agent: Agent;
}

const ways = new Map<string, Way>();

/** Sockets are for one place and what may be reached there, whatever opens it for one action: the headers of a request say that. */
const wayOf = (connection: HttpConnection): Way => {
  const { url, allowPrivate = false, networks = [] } = connection;
  const key = [url.origin, allowPrivate, ...networks].join(' ');
  const known = ways.get(key);
  if (known) return known;
  const isAllowed = allowedBy(connection);
  const way = { isAllowed, agent: new Agent({ connect: { lookup: guardedLookup(isAllowed) } }) };
  ways.set(key, way);
  return way;
};

/** The same host without brackets; an address needs no name server, so it is looked at here. */
const addressIn = ({ hostname }: URL): string | undefined => {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
};

export const requireUrl = (connection: Connection): HttpConnection => {
  if ('url' in connection) return connection;
  throw new CallRefused(CONNECTION_WITHOUT_URL);
};

/** `fetch` that goes where the connection may lead, and never on from there. Throws `CallRefused` before anything is sent. */
export const outsideFetch = async (connection: HttpConnection, url: URL, init: RequestInit): Promise<Response> => {
  const { isAllowed, agent } = wayOf(connection);
  const address = addressIn(url);
  if (url.origin !== connection.url.origin) throw new CallRefused(DESTINATION_OTHER);
  if (address !== undefined && !isAllowed(address)) throw new CallRefused(DESTINATION_PRIVATE);
  return fetch(url, { ...init, redirect: 'manual', dispatcher: agent });
};
