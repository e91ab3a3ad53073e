import type { Instant } from './clock.js';

/** What calendar and clock on the wall of a time zone show. */
export interface WallTime {
  /** `2026-01-31`. */
  readonly day: string;
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
  /** Since midnight, 0 to 1439; skipped and repeated hours are as people live them. */
  readonly minute: number;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MINUTE = 60_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** The offset of a zone changes at a whole minute, so what was worked out holds for the minute. */
  last?: { readonly minute: number; readonly time: WallTime };
}

/** Making a formatter takes 100 times as long as using it. One for each time zone that a file has named. */
const zones = new Map<string, Zone>();

const zoneOf = (name: string): Zone => {
  const known = zones.get(name);
  if (known) return known;
  const zone = { format: new Intl.DateTimeFormat('en-US', { timeZone: name, year: 'numeric', month: '2-digit', day: '2-digit', weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) };
  zones.set(name, zone);
  return zone;
};

/** By the time zone database that Node brings. Throws `RangeError` for a zone that nobody knows, and for a time that is none. */
export const wallTime = (name: string, now: Instant): WallTime => {
  const zone = zoneOf(name);
  const minute = Math.floor(now / MINUTE);
  if (zone.last?.minute === minute) return zone.last.time;
  const parts = new Map(zone.format.formatToParts(now).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  const time = { day: `${part('year')}-${part('month')}-${part('day')}`, weekday: WEEKDAYS.indexOf(part('weekday')) + 1, minute: Number(part('hour')) * 60 + Number(part('minute')) };
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
