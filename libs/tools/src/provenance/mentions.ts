import type { DestinationKind } from '@countersign/contracts';
import { normaliseEmail } from './normalise-email.js';
import { hostIsWrittenOut, hostOfUrl, normaliseHost, normaliseUrl } from './normalise-host.js';
import { normalise } from './normalise.js';
import { goesOn, namesPlain } from './plain-mentions.js';

/**
 * Places that a text names. A place counts where it stands as itself: `ada@example.com.evil.io` does not name `ada@example.com`, nor does a longer
 * number name the shorter one in it.
 */
export interface Mentions {
  has(value: string): boolean;
}

/** A sentence's full stop is no part of an address. */
const ENDS = /(?:[.,;:!?…]+|['’]s)$/u;
/** No address begins with one. */
const OPENS = /^[([<]+/;
/** Around a word both or none: alone they may be a part of it. */
const PAIRS: ReadonlyMap<string, string> = new Map([['"', '"'], ["'", "'"], ['`', '`'], ['“', '”'], ['‘', '’'], ['(', ')'], ['[', ']'], ['<', '>'], ['{', '}'], ['*', '*'], ['_', '_']]);
/** Deeper than anybody wraps a word: `("<ada@example.com>".)`. */
const DEEPEST = 4;

/** A word as it stands, and without what only surrounds it. */
const readings = (word: string): readonly string[] => {
  const found = [word];
  let here = word;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const ended = here.replace(ENDS, '');
    const inner = ended.length > 2 && PAIRS.get(ended.charAt(0)) === ended.at(-1) ? ended.slice(1, -1) : ended;
    if (inner === here) break;
    found.push(ended, inner);
    here = inner;
  }
  return [...found, ...found.map((each) => each.replace(OPENS, ''))];
};

const tokensOf = (text: string, separators: RegExp): readonly string[] => text.split(separators).flatMap(readings);

/** None of these can be in a mailbox without quotes. */
const BETWEEN_EMAILS = /[\s<>()[\],;:"“”]+/u;
const BETWEEN_URLS = /[\s<>"“”]+/u;

const defined = (values: readonly (string | undefined)[]): Set<string> => new Set(values.filter((value) => value !== undefined));

export const emailsIn = (text: string): Set<string> => defined(tokensOf(text, BETWEEN_EMAILS).map((token) => (token.includes('@') ? normaliseEmail(token) : undefined)));

/** A word without a dot is no address on its own. */
const urlsFrom = (text: string, counts: (token: string, url: string) => boolean): Set<string> =>
  defined(
    tokensOf(text, BETWEEN_URLS).map((token) => {
      const url = token.includes('.') || token.includes('://') ? normaliseUrl(token) : undefined;
      return url !== undefined && counts(token, url) ? url : undefined;
    }),
  );

/** Every address that a program could make of a text. */
export const urlsIn = (text: string): Set<string> => urlsFrom(text, () => true);

const writtenUrlsIn = (text: string): Set<string> => urlsFrom(text, (token, url) => hostIsWrittenOut(token, hostOfUrl(url)));

const hostsIn = (text: string): Set<string> => {
  const alone = tokensOf(text, BETWEEN_URLS).map((token) => {
    const host = token.includes('.') || token.includes(':') ? normaliseHost(token) : undefined;
    return host !== undefined && hostIsWrittenOut(token, host) ? host : undefined;
  });
  return defined([...[...writtenUrlsIn(text)].map(hostOfUrl), ...alone]);
};

/** An IBAN, in groups or not, and the words behind it that may look like groups of it. */
const IBAN_IN_TEXT = /(?<![\p{L}\p{M}\p{N}_]|[\p{L}\p{N}][-./@:])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{1,34}){1,9}/gu;
/** It may go on with this. */
const GROUP = /^[A-Z0-9]{1,4}$/;

/** Where an IBAN ends is told by what follows: all groups but the last have four characters, and what follows the last is none. */
const ibansOf = (written: string): readonly string[] => {
  const groups = written.split(/[ -]/);
  return groups.flatMap((_, index) => (groups.slice(0, index).every(({ length }) => length === 4) && !GROUP.test(groups[index + 1] ?? '') ? [groups.slice(0, index + 1).join('')] : []));
};

const accountsIn = (text: string): Mentions => {
  const written = [...text.matchAll(IBAN_IN_TEXT)].filter(({ 0: match, index }) => !goesOn(text, index + match.length, 1, false));
  const ibans = defined(written.flatMap(([match]) => ibansOf(match)).map((each) => normalise('account', each)));
  return { has: (value) => ibans.has(value) || namesPlain(text, value, true) };
};

/** A word that is the id of a channel is no other channel's name in lower case. */
const withoutCase = (text: string): string => text.replaceAll(/[\p{L}\p{M}\p{N}]+/gu, (word) => (normalise('channel', word) === word ? word : word.toLowerCase()));

const READERS: Readonly<Record<DestinationKind, (text: string) => Mentions>> = {
  email: emailsIn,
  url: writtenUrlsIn,
  host: hostsIn,
  account: accountsIn,
  // Only ids of channels have capitals when they are normalised.
  channel: (text) => ({ has: (value) => namesPlain(value === value.toLowerCase() ? withoutCase(text) : text, value, false) }),
  id: (text) => ({ has: (value) => namesPlain(text, value, false) }),
};

const wholeOf = (kind: DestinationKind, text: string): string | undefined => {
  const place = normalise(kind, text);
  if (place === undefined || (kind !== 'url' && kind !== 'host')) return place;
  return hostIsWrittenOut(text, kind === 'url' ? hostOfUrl(place) : place) ? place : undefined;
};

/** The places of a kind that a text names. Values that are looked up have to be normalised. */
export const mentionsIn = (kind: DestinationKind, text: string): Mentions => {
  const whole = wholeOf(kind, text);
  const within = READERS[kind](text);
  return { has: (value) => value === whole || within.has(value) };
};
