import { domainToUnicode } from 'node:url';
import { mayMislead } from './look-alikes.js';

/** Longest name that DNS has, and room for a port. */
const LONGEST_HOST = 260;
/** As long as a URL may be that we compare; a longer one is known to nobody. */
const LONGEST_URL = 2_048;

/** What different programs read differently: backslashes, blanks, controls, users and passwords in front. */
const AMBIGUOUS = /[\\\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/;

/** `[::ffff:7f00:1]` is `127.0.0.1`. */
const withoutMapping = (host: string): string => {
  const [, high, low] = MAPPED.exec(host) ?? [];
  if (high === undefined || low === undefined) return host;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join('.');
};

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const IP = /^(\[[0-9a-f:]+\]|\d{1,3}(\.\d{1,3}){3})$/;

/** A host as the WHATWG parser gives it: one final dot is no other host, and an empty label is none. */
const canonicalHost = (parsed: string): string | undefined => {
  const host = withoutMapping(parsed.replace(/\.$/, ''));
  if (IP.test(host)) return host;
  if (!host.split('.').every((label) => LABEL.test(label))) return undefined;
  // Punycode hides what a person would have seen.
  return host.split('.').some((label) => label.startsWith('xn--') && (domainToUnicode(label) === '' || mayMislead(domainToUnicode(label)))) ? undefined : host;
};

/**
 * The one spelling of an `http` or `https` address, as `scheme://host[:port]/path[?query]`; `undefined` where it cannot be told for sure.
 * Case, punycode, default ports, dots, IP addresses in every spelling, percent-encoding and `..` are resolved as browsers do it; a fragment
 * goes nowhere and is left out. Without a scheme it is `https`; `http` is another place, which others on the way can read and answer. One with a user in it is refused.
 */
export const normaliseUrl = (text: string): string | undefined => {
  const given = text.trim();
  if (given === '' || given.length > LONGEST_URL || AMBIGUOUS.test(given)) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
  if (scheme === undefined ? /^[^./?#[]*:(?!\d)/.test(given) || given.startsWith('/') : scheme !== 'http' && scheme !== 'https') return undefined;
  const address = scheme === undefined ? `https://${given}` : given;
  // What stands before the host is read differently by different programs, also where it is written `%40`.
  const [authority = ''] = address.slice(address.indexOf('//') + 2).split(/[/?#]/);
  if (/@|%40|%2f|%5c|%23|%3f|%00/i.test(authority) || mayMislead(authority) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const host = canonicalHost(url.hostname);
  if (host === undefined || url.username !== '' || url.password !== '') return undefined;
  return `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}${plain(url.pathname)}${plain(url.search)}`;
};

/** `%7E` is `~` and `%2f` is `%2F`: what needs no encoding has none. */
const plain = (part: string): string =>
  part.replaceAll(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : code.toUpperCase();
  });

/** `host` or `host:port`, in one spelling; the ports of `http` and `https` are left out. `undefined` where the text is no host alone. */
export const normaliseHost = (text: string): string | undefined => {
  const given = text.trim();
  if (given === '' || given.length > LONGEST_HOST || /[/?#@]/.test(given)) return undefined;
  const bare = given.replace(/:(80|443)$/, '');
  // An IPv6 address has colons of its own.
  const url = normaliseUrl(/^[0-9a-f:]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(given) ? `https://[${given}]/` : `https://${bare}/`);
  return url?.slice('https://'.length, -1);
};

/** Host and port of a normalised URL. */
export const hostOfUrl = (url: string): string => url.slice(url.indexOf('//') + 2).split(/[/?]/)[0] ?? '';

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * Whether a text from which a normalised host was read shows that host. `10.1` and `2130706433` are IP addresses to a browser, and numbers to whoever
 * wrote them: as written by people an address has its four parts.
 */
export const hostIsWrittenOut = (text: string, host: string): boolean => {
  const [name = ''] = host.split(':', 1);
  const [authority = ''] = text.trim().replace(/^https?:\/\//i, '').split(/[:/?#]/, 1);
  return !IPV4.test(name) || authority === name;
};
