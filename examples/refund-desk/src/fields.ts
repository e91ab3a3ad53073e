import { ApiError, invalidRequest } from './api-error.js';

/** The largest amount of one refund, in cents: far above any seeded charge and far below what an integer column holds. */
export const LARGEST_AMOUNT_CENTS = 99_999_999;
export const LONGEST_REASON = 500;
/** Long enough for a SHA-256 in hex with a prefix. */
const LONGEST_REFERENCE = 128;

export type Fields = Readonly<Record<string, unknown>>;

/** The body as an object that has no other fields than `allowed`. */
export function objectOf(body: unknown, allowed: readonly string[]): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidRequest('the body must be an object');
  const unknown = Object.keys(body).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw invalidRequest(`the body has a field that is not known: \`${unknown.slice(0, 64)}\``);
  return Object.fromEntries(Object.entries(body));
}

export function integerOf(fields: Fields, name: string, least: number, most: number): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw invalidRequest(`\`${name}\` must be an integer from ${least} to ${most}`);
  }
  return value;
}

export function optionalIntegerOf(fields: Fields, name: string, least: number, most: number): number | undefined {
  return fields[name] === undefined ? undefined : integerOf(fields, name, least, most);
}

export function textOf(fields: Fields, name: string, longest: number): string {
  const value = fields[name];
  // PostgreSQL refuses NUL, and a lone surrogate would be stored as another character than the one that was hashed.
  if (typeof value !== 'string' || value.trim() === '' || value.includes('\0') || !value.isWellFormed()) {
    throw invalidRequest(`\`${name}\` must be a text that is not empty`);
  }
  if (value.length > longest) throw invalidRequest(`\`${name}\` must have at most ${longest} characters`);
  return value;
}

export function optionalTextOf(fields: Fields, name: string, longest: number): string | undefined {
  return fields[name] === undefined ? undefined : textOf(fields, name, longest);
}

/** A reference of the caller's in a header: visible ASCII without spaces (so that a repeated header is refused too). */
export function referenceOf(value: string | string[] | undefined, header: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value) || value.length > LONGEST_REFERENCE) {
    throw invalidRequest(`\`${header}\` must be 1 to ${LONGEST_REFERENCE} visible ASCII characters`);
  }
  return value;
}

export function requiredIdempotencyKey(value: string | string[] | undefined): string {
  const key = referenceOf(value === '' ? undefined : value, 'Idempotency-Key');
  if (key === undefined) {
    throw new ApiError(400, 'idempotency_key_required', 'a refund needs the header `Idempotency-Key`');
  }
  return key;
}
