import { CountersignError } from '@countersign/kernel';

/** A whole number from 1 that was typed as an option; throws `USAGE`. */
export const countOption = (name: string, text: string, most: number): number => {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw new CountersignError('USAGE', `\`${name}\` takes a number from 1 to ${most}, not \`${text}\``);
  return count;
};
