const MS_PER_SECOND = 1_000;
/** Nobody waits so long, and no header makes a time of it that is none. */
const LONGEST_WAIT_MS = 365 * 24 * 3_600 * MS_PER_SECOND;

/** Milliseconds that a `retry-after` header asks to wait, in seconds or as a date; `undefined` where it is neither. */
export const retryAfterOf = (header: string, now: number): number | undefined => {
  const value = header.trim();
  const wait = /^\d+$/.test(value) ? Number(value) * MS_PER_SECOND : Date.parse(value) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), LONGEST_WAIT_MS);
};
