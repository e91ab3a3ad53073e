import { mayMislead } from './look-alikes.js';
import { normaliseHost } from './normalise-host.js';

/** RFC 5321: 64 for the local part, 255 for the domain. */
const LONGEST_EMAIL = 320;
const LONGEST_LOCAL = 64;

/** `Ada Lovelace <ada@example.com>`: a name that could be taken for an address, or for a list of them, is refused. */
const NAMED = /^[^<>@,;:"\\]{0,200}<([^<>]{1,320})>$/;
const QUOTED = /^"([^"\\]*)"$/;
const DOT_ATOM = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** Domains of mailboxes are names: no port, no percent sign, no address in brackets. */
const DOMAIN = /^[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}.-]*[\p{L}\p{M}\p{N}])?\.?$/u;

/**
 * The one spelling of a mailbox: case of both parts folded, the domain in punycode and without its final dot, the local part without needless
 * quotes, a name in front left out. `undefined` for anything that is not exactly one mailbox, or that may be taken for another one.
 */
export const normaliseEmail = (text: string): string | undefined => {
  const given = text.trim();
  if (given.length > LONGEST_EMAIL * 2 || mayMislead(given)) return undefined;
  const address = (NAMED.exec(given)?.[1] ?? given).trim();
  const at = address.lastIndexOf('@');
  const written = address.slice(0, at);
  const local = QUOTED.exec(written)?.[1] ?? written;
  const domain = address.slice(at + 1);
  if (at < 1 || address.length > LONGEST_EMAIL || local.length > LONGEST_LOCAL || !DOT_ATOM.test(local) || !DOMAIN.test(domain)) return undefined;
  const host = normaliseHost(domain);
  return host === undefined ? undefined : `${local.toLowerCase()}@${host}`;
};
