import { formatDuration, millis, parseTimestamp, type Instant } from '@countersign/kernel';

/** A time as the ledger gives it: RFC 3339, or nothing where there is none yet. */
type Time = string | null | undefined;

const instantOf = (time: Time): Instant | undefined => (time === undefined || time === null ? undefined : parseTimestamp(time));

const between = (from: number, to: number): string => formatDuration(millis(Math.max(0, to - from)));

/** Closer than this, a number says less than a word. */
const JUST_NOW_MS = 1_000;

/** `2m 5s ago`; `in 3h 55m` for what is to come; `-` where there is no time. */
export const relative = (time: Time, now: Instant): string => {
  const at = instantOf(time);
  if (at === undefined) return '-';
  if (Math.abs(now - at) < JUST_NOW_MS) return 'now';
  return at < now ? `${between(at, now)} ago` : `in ${between(now, at)}`;
};

/** Age in its largest unit, for a column: `2m`. */
export const age = (time: Time, now: Instant): string => {
  const at = instantOf(time);
  return at === undefined ? '-' : (between(at, now).split(' ')[0] ?? '-');
};

/** `40ms`, `1.2s`, `3m 5s`. */
export const latency = (ms: number): string => (ms < 1_000 ? `${ms}ms` : ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : formatDuration(millis(ms)));

/** What something took; `undefined` while it is not over. */
export const took = (from: Time, to: Time): string | undefined => {
  const [start, end] = [instantOf(from), instantOf(to)];
  return start === undefined || end === undefined ? undefined : latency(Math.max(0, end - start));
};
