import { describe, expect, it } from 'vitest';
import { parseTimestamp, type Instant } from '@countersign/kernel';
import { periodsOf } from './periods.js';

const at = (text: string): Instant => parseTimestamp(text) ?? (0 as Instant);

describe('the local day and month', () => {
  it.each([
    ['before midnight in winter', 'Europe/Berlin', '2026-01-31T22:59:59.999Z', '2026-01-31', '2026-01'],
    ['at midnight in winter, which ends the month', 'Europe/Berlin', '2026-01-31T23:00:00Z', '2026-02-01', '2026-02'],
    ['before midnight on the last day of winter time', 'Europe/Berlin', '2026-03-28T22:59:59Z', '2026-03-28', '2026-03'],
    ['on the day of 23 hours, an hour after it began', 'Europe/Berlin', '2026-03-29T00:00:00Z', '2026-03-29', '2026-03'],
    ['at the end of the day of 23 hours', 'Europe/Berlin', '2026-03-29T21:59:59Z', '2026-03-29', '2026-03'],
    ['after the day of 23 hours', 'Europe/Berlin', '2026-03-29T22:00:00Z', '2026-03-30', '2026-03'],
    ['at the end of the day of 25 hours', 'Europe/Berlin', '2026-10-25T22:59:59Z', '2026-10-25', '2026-10'],
    ['after the day of 25 hours', 'Europe/Berlin', '2026-10-25T23:00:00Z', '2026-10-26', '2026-10'],
    ['at the end of February in a leap year', 'UTC', '2028-02-29T23:59:59Z', '2028-02-29', '2028-02'],
    ['at the end of the year', 'America/Los_Angeles', '2027-01-01T07:59:59Z', '2026-12-31', '2026-12'],
    ['where the clock is three quarters of an hour off', 'Asia/Kathmandu', '2026-06-30T18:15:00Z', '2026-07-01', '2026-07'],
  ])('%s', (_, zone, instant, day, month) => {
    expect(periodsOf(zone, at(instant))).toEqual({ day, month });
    // Another zone in between does not make it forget.
    expect(periodsOf('Pacific/Kiritimati', at('2026-05-05T10:00:00Z'))).toEqual({ day: '2026-05-06', month: '2026-05' });
    expect(periodsOf(zone, at(instant))).toEqual({ day, month });
  });

  it('goes on from minute to minute', () => {
    const days = Array.from({ length: 3 }, (_, index) => periodsOf('UTC', (at('2026-11-30T23:59:00Z') + index * 30_000) as Instant).day);
    expect(days).toEqual(['2026-11-30', '2026-11-30', '2026-12-01']);
  });
});
