import { hours, type Instant, type Millis } from '@countersign/kernel';
import type { Periods, Sum } from '@countersign/domain';
import type { BudgetRow } from '../budgets/budget-rows.js';

/** Long enough that one large refund is no trend, short enough that a loop shows before a day's budget is gone. */
const RATE_OVER: Millis = hours(1);

/** From this share of a cap on it is told, whatever the rate: what is left is gone sooner than anybody raises it. */
const NEARLY = 0.8;

interface Sample {
  readonly at: Instant;
  readonly used: number;
}

/** How much was used in the last hour. It is noted as it happens, oldest first. */
export class SpendMeter {
  readonly #samples = new Map<string, Sample[]>();

  /** `key`: of what, such as workflow, period and amount. */
  note(key: string, used: number, at: Instant): void {
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    if (samples.at(-1)?.used !== used) samples.push({ at, used });
    forget(samples, at);
  }

  inLastHour(key: string, now: Instant): number {
    const samples = this.#samples.get(key) ?? [];
    forget(samples, now);
    const [first] = samples;
    const last = samples.at(-1);
    // Where all of it is younger than an hour, there was nothing before.
    return first && last ? last.used - (first.at <= now - RATE_OVER ? first.used : 0) : 0;
  }
}

/** Of what is older than an hour only the newest says where the hour began. */
const forget = (samples: Sample[], now: Instant): void => {
  while (samples[1] !== undefined && samples[1].at <= now - RATE_OVER) samples.shift();
};

export const meterKey = ({ tenant, workflow, period, amount }: Pick<BudgetRow, 'tenant' | 'workflow' | 'period' | 'amount'>): string => `${tenant}/${workflow} ${period} ${amount}`;

/** A cap, what is gone of it, and how fast. */
export interface Spend {
  readonly tenant: string;
  readonly workflow: string;
  readonly period: string;
  readonly amount: Sum;
  /** Used and reserved. */
  readonly spent: number;
  readonly cap: number;
  readonly lastHour: number;
  /** When the cap is reached if it goes on like in the last hour; only where that is before the period ends. */
  readonly reachedAt?: Instant;
  readonly is: 'spent' | 'nearly' | 'too-fast' | 'fine';
}

const isWithin = (period: string, { day, month }: Periods): boolean => period === day || period === month;

/** What a row of a budget comes to; `undefined` where there is no cap, or its period is over. `periodsAt`: of the workflow's time zone. */
export const spendOf = ({ tenant, workflow, period, amount, used, reserved, cap }: BudgetRow, lastHour: number, now: Instant, periodsAt: (at: Instant) => Periods): Spend | undefined => {
  if (cap === undefined || !isWithin(period, periodsAt(now))) return undefined;
  const spent = used + reserved;
  const at = lastHour > 0 ? ((now + ((cap - spent) * RATE_OVER) / lastHour) as Instant) : undefined;
  // No calendar knows times that far away, and nobody waits for them.
  const reachedAt = at !== undefined && at > now && at < now + hours(24 * 62) && isWithin(period, periodsAt(Math.round(at) as Instant)) ? (Math.round(at) as Instant) : undefined;
  const is = spent >= cap ? 'spent' : spent >= cap * NEARLY ? 'nearly' : reachedAt === undefined ? 'fine' : 'too-fast';
  return { tenant, workflow, period, amount, spent, cap, lastHour, ...(reachedAt !== undefined && { reachedAt }), is };
};
