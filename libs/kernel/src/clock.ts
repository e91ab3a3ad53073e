import type { Brand } from './brand.js';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>;

/** The only way to the time of day: deciders get an `Instant`, shells hold a `Clock`. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => Date.now() as Instant };

/** RFC 3339 in UTC with milliseconds. */
export const timestamp = (at: Instant): string => new Date(at).toISOString();

/** Reads an RFC 3339 time; `undefined` where it is none. */
export const parseTimestamp = (text: string): Instant | undefined => {
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : (at as Instant);
};
