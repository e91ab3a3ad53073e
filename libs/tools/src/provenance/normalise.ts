import type { DestinationKind } from '@countersign/contracts';
import { mayMislead } from './look-alikes.js';
import { normaliseEmail } from './normalise-email.js';
import { normaliseHost, normaliseUrl } from './normalise-host.js';

/** Ids, names of channels and numbers of accounts that are longer are known to nobody. */
const LONGEST_PLAIN = 300;

/** Country, check digits and 11 to 30 more, in groups or not. Whether the check digits are right is no matter of who is who. */
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/;

const plain = (text: string): string | undefined => {
  const given = text.trim();
  return given === '' || given.length > LONGEST_PLAIN || /\p{Cc}/u.test(given) || mayMislead(given) ? undefined : given;
};

/** Ids of channels as Slack and Teams give them, in which case tells one from another. */
const CHANNEL_ID = /^(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{8,}$|^\d+:[^\s@]+@thread\.[a-z0-9]+$/;

const channel = (text: string): string | undefined => {
  const given = plain(text);
  return given === undefined || CHANNEL_ID.test(given) ? given : given.toLowerCase().replace(/^[#\s]+(?=[^#\s])/, '');
};

const together = (text: string): string => text.replaceAll(/[ -]/g, '').toUpperCase();

export const isIban = (text: string): boolean => IBAN.test(together(text));

const account = (text: string): string | undefined => {
  const given = plain(text);
  return given !== undefined && isIban(given) ? together(given) : given;
};

const NORMALISERS: Readonly<Record<DestinationKind, (text: string) => string | undefined>> = { email: normaliseEmail, host: normaliseHost, url: normaliseUrl, channel, account, id: plain };

/** The one spelling of a place of a kind; `undefined` for what cannot be told for sure: it is equal to nothing. Pure, total and linear. */
export const normalise = (kind: DestinationKind, text: string): string | undefined => NORMALISERS[kind](text);
