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

/** A time that was typed as an option: an age such as `7d`, or RFC 3339; throws `USAGE`. */
export const timeOption = (name: string, text: string, now: Instant): Instant => {
  const at = parseTimestamp(text);
  if (at !== undefined) return at;
  if (/^\d+[a-z]+$/.test(text)) return (now - durationOption(name, text)) as Instant;
  throw new CountersignError('USAGE', `\`${name}\` takes an age or a time, not \`${text}\``, { hint: 'such as `24h`, `7d` or `2026-01-02T03:04:05Z`' });
};

/** An amount in USD that was typed as an option, such as `0.02`; throws `USAGE`. */
export const usdOption = (name: string, text: string): MicroUsd => {
  try {
    return microUsdFromDecimal(text);
  } catch (cause) {
    throw new CountersignError('USAGE', `\`${name}\` takes an amount in USD, not \`${text}\``, { hint: 'such as `0.02`', cause });
  }
};
