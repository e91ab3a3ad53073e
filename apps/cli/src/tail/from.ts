import { CountersignError, type Instant } from '@countersign/kernel';
import { typedMoment } from '../terminal/option-values.js';

/** Where to start in each partition: so many records back from the end, or at a time. */
export type From = { readonly back: number } | { readonly since: Instant };

/** Everything: no partition is longer. */
const ALL: From = { back: Number.MAX_SAFE_INTEGER };

/** Reads `start`, `end`, `20`, `10m`, `2026-01-02T03:04:05Z`; throws `USAGE`. */
export const parseFrom = (text: string, now: Instant): From => {
  if (text === 'start') return ALL;
  if (text === 'end') return { back: 0 };
  if (/^\d{1,9}$/.test(text)) return { back: Number(text) };
  const since = typedMoment(text, now);
  if (since !== undefined) return { since };
  throw new CountersignError('USAGE', `\`--from\` does not take \`${text}\``, { hint: '`start`, `end`, a number of records, an age such as `10m`, or a time such as `2026-01-02T03:04:05Z`' });
};

/** So many records back from the end, as far as there are any. */
export const firstOffset = ({ back }: Extract<From, { readonly back: number }>, { start, end }: { readonly start: number; readonly end: number }): number => Math.max(start, end - back);
