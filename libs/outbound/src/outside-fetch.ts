import { isIP, type LookupFunction } from 'node:net';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { allowedBy, CallRefused, DESTINATION_PRIVATE, guardedLookup, type Reach } from './destinations.js';

/** A place outside, and where it may turn out to be. */
export interface OutsidePlace extends Reach {
  readonly url: URL;
}

/** A library of ours wants to go to another host than the place's. */
const DESTINATION_OTHER = 'destination.other';

interface Way {
  readonly isAllowed: (address: string) => boolean;
  readonly agent: Agent;
}

const ways = new Map<string, Way>();

/** Sockets are for one place and what may be reached there, whatever opens it for one action: the headers of a request say that. */
const wayOf = (place: OutsidePlace): Way => {
  const { url, allowPrivate = false, networks = [] } = place;
  const key = [url.origin, allowPrivate, ...networks].join(' ');
  const known = ways.get(key);
  if (known) return known;
  const isAllowed = allowedBy(place);
  const way = { isAllowed, agent: new Agent({ connect: { lookup: guardedLookup(isAllowed) } }) };
  ways.set(key, way);
  return way;
};

/** The same host without brackets; an address needs no name server, so it is looked at here. */
const addressIn = ({ hostname }: URL): string | undefined => {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
};

const requireAllowed = (url: URL, isAllowed: Way['isAllowed']): void => {
  const address = addressIn(url);
  if (address !== undefined && !isAllowed(address)) throw new CallRefused(DESTINATION_PRIVATE);
};

/** For a library that opens its sockets itself: how it looks a name up, so that they lead only where the place may be. Throws `CallRefused` where `url` holds an address that the place may not be at, since nothing is looked up then. */
export const outsideLookup = (reach: Reach, url?: URL): LookupFunction => {
  const isAllowed = allowedBy(reach);
  if (url) requireAllowed(url, isAllowed);
  return guardedLookup(isAllowed);
};

/** `fetch` that goes where the place may be, and never on from there. Throws `CallRefused` before anything is sent. */
export const outsideFetch = async (place: OutsidePlace, url: URL, init: RequestInit): Promise<Response> => {
  const { isAllowed, agent } = wayOf(place);
  if (url.origin !== place.url.origin) throw new CallRefused(DESTINATION_OTHER);
  requireAllowed(url, isAllowed);
  return fetch(url, { ...init, redirect: 'manual', dispatcher: agent });
};
