import { isJsonObject, type Json, type JsonObject } from '@countersign/kernel';
import type { RunContext } from './run-context.js';

/** Half of a character counts as a part of a word too. */
const INNER = /[\p{L}\p{M}\p{N}\p{Cs}_]/u;
/** Joins two words to one where both sides have a character of a word: `cus-1`, `a@b`. */
const JOINER = /[-.@/\\:+%&=~#$]/u;

const goesOn = (text: string, at: number, direction: 1 | -1): boolean => INNER.test(text[at] ?? '') || (JOINER.test(text[at] ?? '') && INNER.test(text[at + direction] ?? ''));

/** Whether a text has the value as a word, or words, of its own: `cus_10` does not say `cus_1`. */
const says = (text: string, value: string): boolean => {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    if (!goesOn(text, at - 1, -1) && !goesOn(text, at + value.length, 1)) return true;
  }
  return false;
};

const valuesIn = (value: Json): readonly string[] => {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(valuesIn);
  if (isJsonObject(value)) return Object.values(value).flatMap(valuesIn);
  return typeof value === 'string' || typeof value === 'number' ? [String(value).trim().toLowerCase()].filter((text) => text !== '') : [];
};

/**
 * Whether a call asks about what its run knows: every text and number of its arguments stands in the task's own words, was given by a person, or is vouched for. The
 * planner chooses what is looked up, and the answer about somebody else must not count for the run.
 */
export const isAboutRun = (args: JsonObject, { words, said: given, vouched }: Pick<RunContext, 'words' | 'said' | 'vouched'>): boolean => {
  const said = [...words, ...given].map((text) => text.toLowerCase());
  const known = new Set([...vouched].map((key) => key.slice(key.indexOf(':') + 1).toLowerCase()));
  return valuesIn(args).every((value) => known.has(value) || said.some((text) => says(text, value)));
};
