import type { DestinationKind } from '@countersign/contracts';
import { normaliseEmail } from './normalise-email.js';
import { hostOfUrl, normaliseHost, normaliseUrl } from './normalise-host.js';
import { normalise } from './normalise.js';

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
export const urlsIn = (text: string): Set<string> => defined(tokensOf(text, BETWEEN_URLS).map((token) => (token.includes('.') || token.includes('://') ? normaliseUrl(token) : undefined)));

const hostsIn = (text: string): Set<string> =>
  defined([...[...urlsIn(text)].map(hostOfUrl), ...tokensOf(text, BETWEEN_URLS).map((token) => (token.includes('.') || token.includes(':') ? normaliseHost(token) : undefined))]);

/** Part of a word in every script. */
const INNER = /[\p{L}\p{M}\p{N}_]/u;
/** Joins two words to one token where both sides have a character of a word: `ch-1`, `a/b`, `$100`. */
const JOINER = /[-.@/\\:+%&=~#$€£]/u;

const isInner = (character: string | undefined): boolean => character !== undefined && INNER.test(character);

/** Whether what stands at `at`, going in `direction`, belongs to the token beside it. */
const goesOn = (text: string, at: number, direction: 1 | -1, digits: boolean): boolean => {
  const next = text[at];
  const behind = text[at + direction];
  if (isInner(next)) return true;
  if (next === undefined) return false;
  if (JOINER.test(next) && isInner(behind)) return true;
  if (direction === -1 && /[$€£]/u.test(next)) return true;
  // Numbers are written in groups.
  return digits && /[ ,.'’-]/u.test(next) && behind !== undefined && /\d/.test(behind);
};

const standsIn = (text: string, value: string, ignoredBefore: string): boolean => {
  const digits = /^\d+$/.test(value);
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const before = text[at - 1] === ignoredBefore ? at - 2 : at - 1;
    if (!goesOn(text, at + value.length, 1, digits) && !goesOn(text, before, -1, digits)) return true;
  }
  return false;
};

/** Shorter ones are too often something else in a sentence: a day, a number of things. In quotes, or as a value of its own, it counts at any length. */
const SHORTEST_ID = 3;
const SHORTEST_NUMBER = 5;

const isTelling = (value: string): boolean => value.length >= (/^\d+$/.test(value) ? SHORTEST_NUMBER : SHORTEST_ID);

const QUOTES = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
] as const;

const isQuoted = (text: string, value: string): boolean => QUOTES.some(([open, close]) => text.includes(`${open}${value}${close}`));

const plainIn = (text: string, ignoredBefore: string): Mentions => ({ has: (value) => text === value || isQuoted(text, value) || (isTelling(value) && standsIn(text, value, ignoredBefore)) });

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
  const others = plainIn(text, '#');
  return { has: (value) => ibans.has(value) || others.has(value) };
};

const READERS: Readonly<Record<DestinationKind, (text: string) => Mentions>> = {
  email: emailsIn,
  url: urlsIn,
  host: hostsIn,
  account: accountsIn,
  channel: (text) => plainIn(text.toLowerCase(), '#'),
  id: (text) => plainIn(text, '#'),
};

/** The places of a kind that a text names. Values that are looked up have to be normalised. */
export const mentionsIn = (kind: DestinationKind, text: string): Mentions => {
  const whole = normalise(kind, text);
  const within = READERS[kind](text);
  return { has: (value) => value === whole || within.has(value) };
};
