import { DESTINATION_KINDS, type DestinationKind } from '@countersign/contracts';
import { normaliseEmail } from './normalise-email.js';
import { hostIsWrittenOut, normaliseHost, normaliseUrl } from './normalise-host.js';
import { isIban } from './normalise.js';

/** With a scheme, or with a path behind a name that has a dot: `acme/shop` is none. */
const URL_FORM = /^(?:[a-z][a-z0-9+.-]*:\/\/|[^/\s]+\.[^/\s]+\/)/i;
/** A name alone could be anything, so a host has a dot or a port. */
const HOST_FORM = /[.:]/;

/** These have no form of their own. */
const FORMLESS: ReadonlySet<DestinationKind> = new Set(['channel', 'account', 'id']);

const isHost = (text: string): boolean => {
  const host = HOST_FORM.test(text) ? normaliseHost(text) : undefined;
  return host !== undefined && hostIsWrittenOut(text, host);
};

/** The one kind in whose form a text is; `undefined` where it is in none, or could be a name as well. */
const formOf = (text: string): DestinationKind | undefined => {
  if (normaliseEmail(text) !== undefined) return 'email';
  if (text.startsWith('#')) return 'channel';
  if (URL_FORM.test(text) && normaliseUrl(text) !== undefined) return 'url';
  return isIban(text) ? 'account' : undefined;
};

/** The kinds that an entry of a tenant's directory counts for: lists do not say of what kind they are, and a mailbox is no channel. */
export const kindsOfEntry = (entry: string): readonly DestinationKind[] => {
  const text = entry.trim();
  const form = formOf(text);
  return form === undefined ? DESTINATION_KINDS.filter((kind) => FORMLESS.has(kind) || (kind === 'host' && isHost(text))) : [form];
};
