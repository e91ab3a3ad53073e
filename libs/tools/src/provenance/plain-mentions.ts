import { isSubject } from './subjects.js';

/** Part of a word in every script. */
const INNER = /[\p{L}\p{M}\p{N}_]/u;
/** Joins two words to one token where both sides have a character of a word: `ch-1`, `a/b`, `$100`. */
const JOINER = /[-.@/\\:+%&=~#$€£]/u;

const isInner = (character: string | undefined): boolean => character !== undefined && INNER.test(character);

/** Whether what stands at `at`, going in `direction`, belongs to the token beside it. */
export const goesOn = (text: string, at: number, direction: 1 | -1, digits: boolean): boolean => {
  const next = text[at];
  const behind = text[at + direction];
  if (isInner(next)) return true;
  if (next === undefined) return false;
  if (JOINER.test(next) && isInner(behind)) return true;
  if (direction === -1 && /[$€£]/u.test(next)) return true;
  // Numbers are written in groups.
  return digits && /[ ,.'’-]/u.test(next) && behind !== undefined && /\d/.test(behind);
};

/** Where a value begins that stands in a text as a token of its own, a `#` in front or not. */
const standings = (text: string, value: string): readonly number[] => {
  const digits = /^\d+$/.test(value);
  const found: number[] = [];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const before = text[at - 1] === '#' ? at - 2 : at - 1;
    if (!goesOn(text, at + value.length, 1, digits) && !goesOn(text, before, -1, digits)) found.push(at);
  }
  return found;
};

/** Shorter ones are too often something else in a sentence. In quotes, or as a value of its own, it counts at any length. */
const SHORTEST = 3;

/** What no ordinary word has: hyphens, full stops, slashes and apostrophes they do have (`and/or`, `e-mail`). */
const TELLING = /[\p{N}_@+=~%&$€£:#\\]/u;
/** An amount, a date, a time, a version: whatever it counts, it is nobody's name. */
const COUNTS = /^[\p{N}\p{P}\p{S}]+$/u;
/** Of numbers these are names: an account's, a telephone's. */
const NUMBER = /^[+#@]?\d{5,}$/;

const isOrdinary = (value: string): boolean => /\s/u.test(value) || (COUNTS.test(value) && !NUMBER.test(value));

/** Whether the word at `at` is the first of its sentence, where every word has a capital. */
const beginsSentence = (text: string, at: number): boolean => {
  for (let before = at - 1; before >= 0; before -= 1) {
    if (isInner(text[before])) return false;
    if (/[.!?:;…\n\r]/u.test(text.charAt(before))) return true;
  }
  return true;
};

/** As much of what follows a word as its next word needs. */
const NEXT_WORD_WITHIN = 24;

const CAPITALISED = /^\p{Lu}[\p{L}\p{M}]+$/u;

const QUOTES = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
] as const;

/** In quotes that are no apostrophes: nothing of a word is joined to them from outside. */
const isQuoted = (text: string, value: string): boolean =>
  QUOTES.some(([open, close]) => {
    const quoted = `${open}${value}${close}`;
    for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) if (!isInner(text[at - 1]) && !isInner(text[at + quoted.length])) return true;
    return false;
  });

/**
 * Whether a text names a value that has no shape of its own. Any word may be one, so an ordinary word names nothing: it is the whole text, it is in
 * quotes, it has `#` in front, or a digit or sign in it. `names`: so is a capitalised word that does not begin its sentence, or begins it as who did
 * something.
 */
export const namesPlain = (text: string, value: string, names: boolean): boolean => {
  if (text === value || isQuoted(text, value)) return true;
  if (value.length < SHORTEST) return false;
  const found = standings(text, value);
  if (found.length === 0) return false;
  if (!isOrdinary(value) && (TELLING.test(value) || found.some((at) => text[at - 1] === '#'))) return true;
  return names && CAPITALISED.test(value) && found.some((at) => !beginsSentence(text, at) || isSubject(value, text.slice(at + value.length, at + value.length + NEXT_WORD_WITHIN)));
};
