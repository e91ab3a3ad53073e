import type { Periods } from '@countersign/domain';
import { minutes, type Instant } from '@countersign/kernel';

/** The offset of a zone changes at a whole minute, and its day too. */
const STEP = minutes(1);

interface Zone {
  readonly format: Intl.DateTimeFormat;
  minute: number;
  periods: Periods;
}

/** One for each time zone that a contract in force has named. */
const zones = new Map<string, Zone>();

const zoneOf = (timeZone: string): Zone => {
  const known = zones.get(timeZone);
  if (known) return known;
  // The Swedish way to write a date is the one of ISO 8601.
  const zone = { format: new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }), minute: Number.NaN, periods: { day: '', month: '' } };
  zones.set(timeZone, zone);
  return zone;
};

/** The local day and month of an instant, by the time zone database that Node brings. The zone was checked when its contract was read. */
export const periodsOf = (timeZone: string, at: Instant): Periods => {
  const zone = zoneOf(timeZone);
  const minute = Math.floor(at / STEP);
  if (zone.minute !== minute) {
    const day = zone.format.format(at);
    zone.minute = minute;
    zone.periods = { day, month: day.slice(0, 7) };
  }
  return zone.periods;
};
