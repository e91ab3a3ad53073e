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

/** Value at an RFC 6901 pointer; `undefined` where there is none. Own properties only: `__proto__` is a key like any other. */
export const atPointer = (value: Json, pointer: string): Json | undefined => {
  let here: Json | undefined = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as JsonObject)[key];
  }
  return here;
};
