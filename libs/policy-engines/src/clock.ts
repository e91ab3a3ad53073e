import type { Instant } from '@countersign/kernel';
import type { Span, Window } from './compiled-set.js';

/** What a clock on the wall of a time zone shows. */
export interface LocalTime {
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
  /** Since midnight, 0 to 1439; skipped and repeated hours are as people live them. */
  readonly minute: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MINUTE = 60_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Zones are apart by whole minutes, so what was worked out holds for the minute. */
  last?: { readonly minute: number; readonly time: LocalTime };
}

/** Making a formatter takes 100 times as long as using it. */
const zones = new Map<string, Zone>();

const zoneOf = (name: string): Zone => {
  const known = zones.get(name);
  if (known) return known;
  const zone = { format: new Intl.DateTimeFormat('en-US', { timeZone: name, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) };
  zones.set(name, zone);
  return zone;
};

/** Throws `RangeError` for a zone that nobody knows, and for a time that is none. */
export const localTime = (name: string, now: Instant): LocalTime => {
  const zone = zoneOf(name);
  const minute = Math.floor(now / MINUTE);
  if (zone.last?.minute === minute) return zone.last.time;
  const parts = new Map(zone.format.formatToParts(now).map(({ type, value }) => [type, value]));
  const time = { weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
  zone.last = { minute, time };
  return time;
};

export const isTimeZone = (name: string): boolean => {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
};

const isIn = ({ days, from, until }: Span, { weekday, minute }: LocalTime): boolean => days.includes(weekday) && minute >= from && minute < until;

/** Whether the time is in the window. */
export const isWithin = ({ zone, spans }: Window, now: Instant): boolean => spans.some((span) => isIn(span, localTime(zone, now)));
