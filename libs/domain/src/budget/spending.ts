import type { DegradedTo } from '@countersign/contracts';
import type { StepId } from '@countersign/kernel';
import { ErrorWindow } from '../error-window.js';
import type { Periods } from './periods.js';
import type { GrantsBySecond } from './rate-window.js';
import { NO_SUMS, type Sums } from './sums.js';

/** What has been used, and what grants that have not ended may use. Together they never pass a cap. */
export interface Tally {
  used: Sums;
  reserved: Sums;
  /** Limits that something would have passed, and was told. */
  readonly exhausted: Set<string>;
  /** Nothing but reads is granted any more. */
  readOnly: boolean;
}

/** Of one run, as long as it is open. */
export interface RunSpending extends Tally {
  /** By how much people let grants go over the run's limits, less what those did not use: the caps are higher by it. */
  extended: Sums;
  /** Steps that were granted or asked about. */
  readonly steps: Set<StepId>;
  /** Grants that have not been refused, by tool and arguments. */
  readonly calls: Map<string, number>;
  /** Of the last minute. */
  granted: GrantsBySecond;
  /** What is set aside of days and months for the time that it is open. */
  time: readonly HeldTime[];
}

/** A part of a run's time, of the day and month in which it was set aside. */
export interface HeldTime extends Periods {
  readonly ms: number;
}

/** Of one workflow of one tenant. */
export interface WorkflowSpending {
  /** The newest of each: time does not go back, whatever a clock says. */
  day: string;
  month: string;
  /** The two, and older ones in which something is still reserved. */
  readonly periods: Map<string, Tally>;
  /** By tool. */
  readonly errors: Map<string, ErrorWindow>;
  /** Of the last minute. */
  granted: GrantsBySecond;
  /** Until a person restores it. */
  degraded?: Degraded;
}

export interface Degraded {
  readonly to: DegradedTo;
  readonly tool: string;
  /** Newest control that policy had read: a newer one can restore it. */
  readonly epoch: number;
}

/** Nothing was used, and nothing is reserved. */
export const NO_TALLY: Pick<Tally, 'used' | 'reserved'> = { used: NO_SUMS, reserved: NO_SUMS };

export const noTally = (): Tally => ({ ...NO_TALLY, exhausted: new Set(), readOnly: false });

export const noRunSpending = (): RunSpending => ({ ...noTally(), extended: NO_SUMS, steps: new Set(), calls: new Map(), granted: [], time: [] });

export const workflowKey = ({ tenant, workflow }: { readonly tenant: string; readonly workflow: string }): string => `${tenant}/${workflow}`;
