import type { Periods } from '@countersign/domain';
import { wallTime, type Instant } from '@countersign/kernel';

/** The local day and month of an instant. The zone was checked when its contract was read. */
export const periodsOf = (timeZone: string, at: Instant): Periods => {
  const { day } = wallTime(timeZone, at);
  return { day, month: day.slice(0, 7) };
};
