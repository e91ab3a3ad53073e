import type { Brand } from './brand.js';
import { CountersignError } from './error.js';

/** A length of time in whole milliseconds. */
export type Millis = Brand<number, 'Millis'>;

export const millis = (value: number): Millis => value as Millis;
export const seconds = (value: number): Millis => (value * 1_000) as Millis;
export const minutes = (value: number): Millis => (value * 60_000) as Millis;
export const hours = (value: number): Millis => (value * 3_600_000) as Millis;
export const days = (value: number): Millis => (value * 86_400_000) as Millis;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `500ms`, `5s`, `10m`, `24h`, `7d`; throws `DURATION_INVALID`. */
export const parseDuration = (text: string): Millis => {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (!match || unit === undefined) throw new CountersignError('DURATION_INVALID', `\`${text}\` is no duration such as \`30s\`, \`10m\` or \`24h\``);
  return millis(Number(match[1]) * unit);
};

/** `90000` -> `1m 30s`, for people. */
export const formatDuration = (value: Millis): string => {
  if (value < 1_000) return `${Math.round(value)}ms`;
  const parts: string[] = [];
  let rest = Math.round(value / 1_000);
  for (const [unit, size] of [['d', 86_400], ['h', 3_600], ['m', 60], ['s', 1]] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.slice(0, 2).join(' ');
};
