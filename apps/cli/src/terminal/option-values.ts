import { CountersignError, microUsdFromDecimal, parseDuration, parseTimestamp, type Instant, type MicroUsd, type Millis } from '@countersign/kernel';

/** A whole number that was typed as an option; throws `USAGE`. */
export const countOption = (name: string, text: string, most: number, least = 1): number => {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (count < least || count > most) throw new CountersignError('USAGE', `\`${name}\` takes a number from ${least} to ${most}, not \`${text}\``);
  return count;
};

/** A duration that was typed as an option, such as `30s`; throws `USAGE`. */
export const durationOption = (name: string, text: string): Millis => {
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new CountersignError('USAGE', `\`${name}\` takes a duration, not \`${text}\``, { hint: 'such as `30s`, `10m` or `24h`', cause });
  }
};

const MOMENTS = 'such as `24h`, `7d`, `2026-01-02` or `2026-01-02T03:04:05Z`';

/** A day that was typed, which is its first moment in UTC, or a time (RFC 3339); `undefined` for what is neither. */
export const typedTime = (text: string): Instant | undefined => parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);

/** A moment that was typed: an age such as `7d`, a day, or a time; `undefined` for what is none of them. */
export const typedMoment = (text: string, now: Instant): Instant | undefined => {
  if (!/^\d+[a-z]+$/.test(text)) return typedTime(text);
  try {
    return Math.max(0, now - parseDuration(text)) as Instant;
  } catch {
    return undefined;
  }
};

/** A moment that was typed as an option or operand, as `typedMoment` reads it; throws `USAGE`. */
export const timeOption = (name: string, text: string, now: Instant): Instant => {
  const at = typedMoment(text, now);
  if (at === undefined) throw new CountersignError('USAGE', `\`${name}\` takes an age or a time, not \`${text}\``, { hint: MOMENTS });
  return at;
};

/** An amount in USD that was typed as an option, such as `0.02`; throws `USAGE`. */
export const usdOption = (name: string, text: string): MicroUsd => {
  try {
    return microUsdFromDecimal(text);
  } catch (cause) {
    throw new CountersignError('USAGE', `\`${name}\` takes an amount in USD, not \`${text}\``, { hint: 'such as `0.02`', cause });
  }
};
