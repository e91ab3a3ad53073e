import type { LimitAction, LimitName, LimitScope } from '@countersign/contracts';
import type { Instant } from '@countersign/kernel';
import type { AgentContract, Limits } from '../config/agent-contract.js';
import type { Periods } from './periods.js';
import { grantsOfMinute } from './rate-window.js';
import { noTally, type RunSpending, type Tally, type WorkflowSpending } from './spending.js';
import { capOf, LIMIT_OF, SUMS, type Sums } from './sums.js';

/** A limit that an action would pass. */
export interface Over {
  readonly limit: LimitName;
  readonly scope: LimitScope;
  /** Of a day or month. */
  readonly period?: string;
  readonly cap: number;
  readonly used: number;
  readonly reserved: number;
  readonly wanted: number;
  readonly then: LimitAction;
}

/** What an action would take. */
export interface Wanted {
  readonly sums: Sums;
  /** What is reserved for it already: all of it where it is granted anew, else nothing. */
  readonly held: Sums;
  /** How often the same is called already. */
  readonly calls: number;
  readonly opened: Instant;
}

/** People can let an action go over a limit of its run. What a day or month may use stands, whatever they say. */
const firmly = (then: LimitAction): LimitAction => (then === 'escalate' || then === 'ask_user_to_confirm' ? 'stop' : then);

const overSums = (limits: Limits, tally: Tally, extended: Sums | undefined, { sums: wanted, held }: Pick<Wanted, 'sums' | 'held'>, place: Pick<Over, 'scope' | 'period' | 'then'>): readonly Over[] =>
  SUMS.flatMap((sum): Over[] => {
    const limit = capOf(limits, sum);
    if (limit === undefined || wanted[sum] === 0) return [];
    const cap = limit + (extended?.[sum] ?? 0);
    const [used, reserved] = [tally.used[sum], Math.max(0, tally.reserved[sum] - held[sum])];
    return used + reserved + wanted[sum] <= cap ? [] : [{ ...place, limit: LIMIT_OF[sum], cap, used, reserved, wanted: wanted[sum] }];
  });

/** Limits of the run that the action would pass. */
export const overRun = (spending: RunSpending, { budgets, fallbacks }: AgentContract, wanted: Wanted, now: Instant): readonly Over[] => {
  const { wallClock, perMinute } = budgets.run;
  const { sums, held, calls, opened } = wanted;
  const place = { scope: 'run', then: fallbacks.onBudgetExceeded } as const;
  const one = { ...place, reserved: 0, wanted: 1 } as const;
  const age = Math.max(0, now - opened);
  const recent = grantsOfMinute(spending.granted, now);
  return [
    // The time of a run is no sum: it goes by.
    ...overSums(budgets.run, spending, spending.extended, { sums: { ...sums, wallClock: 0 }, held }, place),
    ...(wallClock !== undefined && age > wallClock ? [{ ...one, limit: 'wall-clock', cap: wallClock, used: age } as const] : []),
    ...(perMinute !== undefined && recent >= perMinute ? [{ ...one, limit: 'rate', cap: perMinute, used: recent } as const] : []),
    // No progress is a matter for a person, whatever happens to what costs too much.
    ...(calls >= budgets.repeats ? [{ ...one, limit: 'repeats', cap: budgets.repeats, used: calls, then: 'escalate' } as const] : []),
  ];
};

/** Limits of the workflow's day and month that the action would pass. */
export const overPeriods = (workflow: WorkflowSpending | undefined, { day, month }: Periods, limits: Record<'day' | 'month', Limits>, { fallbacks }: AgentContract, wanted: Pick<Wanted, 'sums' | 'held'>): readonly Over[] => {
  const then = firmly(fallbacks.onBudgetExceeded);
  const of = (period: string): Tally => workflow?.periods.get(period) ?? noTally();
  return [
    ...overSums(limits.day, of(day), undefined, wanted, { scope: 'day', period: day, then }),
    ...overSums(limits.month, of(month), undefined, wanted, { scope: 'month', period: month, then }),
  ];
};

/** Whether the workflow has had its grants of the minute. It is over with the minute, so nothing is told of it but the denial, and nobody is asked. */
export const overMinute = (workflow: WorkflowSpending | undefined, { budgets: { perMinute: cap } }: AgentContract, now: Instant): readonly Over[] => {
  const used = grantsOfMinute(workflow?.granted ?? [], now);
  return cap === undefined || used < cap ? [] : [{ scope: 'workflow', limit: 'rate', cap, used, reserved: 0, wanted: 1, then: 'stop' }];
};
