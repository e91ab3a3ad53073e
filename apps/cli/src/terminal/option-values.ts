import { CountersignError, parseDuration, type Millis } from '@countersign/kernel';

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
