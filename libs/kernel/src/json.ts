import canonicalize from 'canonicalize';
import { CountersignError } from './error.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const canonical = (value: unknown): string | undefined => {
  try {
    return canonicalize(value);
  } catch (cause) {
    // NaN, infinity, half a surrogate pair, a circle.
    throw new CountersignError('JSON_INVALID', 'the value has no JSON form', { cause });
  }
};

/** RFC 8785 text of any value, as the library writes it; see `canonicalJson`. Throws `JSON_INVALID`. */
export const canonicalText = (value: unknown): string => {
  const text = canonical(value);
  if (text === undefined) throw new CountersignError('JSON_INVALID', 'the value has no JSON form');
  return text;
};

/** Bytes of a value's canonical JSON, which has other places for its keys and the same size. The value must have a JSON form. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

export const isJsonObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A name as one part of an RFC 6901 pointer. */
export const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** The names that an RFC 6901 pointer goes through. */
export const pointerNames = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** One name of a path that is written with dots: in quotes where it would look like more than one name, or like quotes of ours. */
export const dottedPart = (name: string): string => (/^[^."\\]+$/.test(name) ? name : JSON.stringify(name));

/** Value at an RFC 6901 pointer; `undefined` where there is none. Own properties only: `__proto__` is a key like any other. */
export const atPointer = (value: Json, pointer: string): Json | undefined => {
  let here: Json | undefined = value;
  for (const key of pointerNames(pointer)) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as JsonObject)[key];
  }
  return here;
};
