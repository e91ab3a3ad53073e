import { wallTime, type Instant, type WallTime } from '@countersign/kernel';
import type { Span, Window } from './compiled-set.js';

/** What rules speak of. */
export type LocalTime = Pick<WallTime, 'weekday' | 'minute'>;

/** Throws as `wallTime` does. */
export const localTime = (zone: string, now: Instant): LocalTime => {
  const { weekday, minute } = wallTime(zone, now);
  return { weekday, minute };
};

const isIn = ({ days, from, until }: Span, { weekday, minute }: LocalTime): boolean => days.includes(weekday) && minute >= from && minute < until;

/** Whether the time is in the window. */
export const isWithin = ({ zone, spans }: Window, now: Instant): boolean => spans.some((span) => isIn(span, localTime(zone, now)));
