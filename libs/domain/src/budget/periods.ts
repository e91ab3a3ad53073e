import type { Instant } from '@countersign/kernel';
import type { WorkflowSpending } from './spending.js';

/** A local day and its month: `2026-11-28`, `2026-11`. */
export interface Periods {
  readonly day: string;
  readonly month: string;
}

/** The periods of an instant in a time zone (IANA name). Calendars are no matter of the domain: shells give this. Pure, total. */
export type PeriodsOf = (timeZone: string, at: Instant) => Periods;

/** A clock that was set back, or a contract that moved to the west, opens no day a second time: as texts, periods are in order of time. */
export const notBefore = ({ day, month }: Periods, known: Pick<WorkflowSpending, 'day' | 'month'> | undefined): Periods =>
  known === undefined ? { day, month } : { day: day < known.day ? known.day : day, month: month < known.month ? known.month : month };
