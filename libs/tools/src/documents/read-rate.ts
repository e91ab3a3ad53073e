import { hours, minutes, seconds, type Millis } from '@countersign/kernel';
import type { Rate } from '@countersign/domain';

/** `10/s`, `600/m`, `1000/h`: whole calls, one at least. */
export const RATE_PATTERN = '^[1-9][0-9]{0,5}/[smh]$';

const UNITS: Readonly<Record<string, Millis>> = { s: seconds(1), m: minutes(1), h: hours(1) };

/** Reads a text of `RATE_PATTERN`. */
export const readRate = (text: string): Rate => {
  const [calls = '', unit = ''] = text.split('/');
  return { calls: Number(calls), per: UNITS[unit] ?? seconds(1) };
};
