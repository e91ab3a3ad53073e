import { describe, expect, it } from 'vitest';
import { parseTimestamp, type Instant } from './clock.js';
import { isTimeZone, wallTime } from './time-zone.js';

const at = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);

describe('calendar and clock of a time zone', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T00:59:59Z', { day: '2026-03-29', weekday: 7, minute: 119 }],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', { day: '2026-03-29', weekday: 7, minute: 180 }],
    ['America/Los_Angeles', '2027-01-01T07:59:59Z', { day: '2026-12-31', weekday: 4, minute: 1_439 }],
    ['Asia/Kathmandu', '2026-06-30T18:15:00Z', { day: '2026-07-01', weekday: 3, minute: 0 }],
  ])('in %s at %s', (zone, instant, shown) => {
    expect(wallTime(zone, at(instant))).toEqual(shown);
    // Another zone and another minute in between do not make it forget.
    expect(wallTime('UTC', at('2026-05-04T10:00:00Z'))).toEqual({ day: '2026-05-04', weekday: 1, minute: 600 });
    expect(wallTime(zone, at('2026-05-04T10:00:00Z')).day).toBe('2026-05-04');
    expect(wallTime(zone, at(instant))).toEqual(shown);
  });

  it('are there for zones of the database only', () => {
    expect(['UTC', 'Europe/Berlin', 'Europe/Berln', ''].map(isTimeZone)).toEqual([true, true, false, false]);
    expect(() => wallTime('Europe/Berln', at('2026-05-04T10:00:00Z'))).toThrow(RangeError);
  });
});
