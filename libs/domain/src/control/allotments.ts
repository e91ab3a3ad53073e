import { days, hours, timestamp, type Instant } from '@countersign/kernel';
import { LIMITS, type Limit } from '../config/check-allotments.js';
import type { AgentContract, Limits } from '../config/agent-contract.js';
import type { Allotment, ControlState } from './control-state.js';
import { covers } from './lookups.js';

/** A day begins first at UTC+14, and clocks are taken to be less than an hour apart: what was in force so long before it began, all workflows began it with. */
const AHEAD_OF_DAYS = hours(14 + 1);
/** Longer than a month and the longest run: what is granted anew counts in the month in which it was granted first. */
const KEPT = days(50);

/** What contracts and tenants allot from a time on. Older ones are forgotten when no period of now began with them. */
export const withAllotment = (known: readonly Allotment[], { contracts, tenants }: Omit<Allotment, 'since'>, at: number): readonly Allotment[] => {
  const since = Math.max(at, known.at(-1)?.since ?? 0) as Instant;
  const next = (index: number): number => known[index + 1]?.since ?? since;
  return [...known.filter((_, index) => next(index) > since - KEPT), { since, contracts, tenants }];
};

/**
 * What a workflow may use in a day or month. Of a limit that a tenant has a cap for, a share is set aside in its contract for each workflow,
 * which is counted alone and knows nothing of the others. So within a period what one is given less is not given to another, who would use
 * it a second time: a share rises by what nobody has had in the period, and by the rest when the next begins. What all could have had
 * together is never more than the cap.
 */
export const limitsIn = ({ active, allotments }: Pick<ControlState, 'active' | 'allotments'>, tenant: string, { workflow, budgets }: AgentContract, scope: 'day' | 'month', period: string): Limits => {
  const caps = active?.tenants.find(({ document }) => document.tenant === tenant)?.document.budgets[scope] ?? {};
  const capped = LIMITS.filter((limit) => caps[limit] !== undefined);
  return capped.length === 0 ? budgets[scope] : { ...budgets[scope], ...Object.fromEntries(capped.map((limit) => [limit, shareOf(allotments, tenant, workflow, scope, period, limit)])) };
};

/** What a workflow may use now, and the most that it could use since the period began: that much may be used already. */
interface Share {
  readonly now: number;
  readonly most: number;
}

const shareOf = (allotments: readonly Allotment[], tenant: string, workflow: string, scope: 'day' | 'month', period: string, limit: Limit): number => {
  const first = allotments.findLastIndex(({ since }) => periodAt(since, scope) < period);
  const shares = new Map<string, Share>();
  for (const [index, allotment] of allotments.entries()) {
    if (index < first) continue;
    const allotted = allottedTo(allotment, tenant, scope, limit);
    // Whoever begins the period with a share has all of it.
    const cap = index === first ? Infinity : (allotment.tenants.find(({ document }) => document.tenant === tenant)?.document.budgets[scope][limit] ?? Infinity);
    for (const name of [...new Set([...shares.keys(), ...allotted.keys()])].toSorted()) {
      const most = shares.get(name)?.most ?? 0;
      const given = [...shares.values()].reduce((sum, share) => sum + share.most, 0);
      const now = Math.min(allotted.get(name) ?? 0, most + (cap === Infinity ? Infinity : Math.max(0, cap - given)));
      shares.set(name, { now, most: Math.max(most, now) });
    }
  }
  return shares.get(workflow)?.now ?? 0;
};

/** The newest period that may have begun anywhere by then. As texts, periods are in order of time. */
const periodAt = (since: Instant, scope: 'day' | 'month'): string => timestamp((since + AHEAD_OF_DAYS) as Instant).slice(0, scope === 'day' ? '2026-11-28'.length : '2026-11'.length);

/** By workflow of the tenant; without a limit: anything. */
const allottedTo = ({ contracts }: Allotment, tenant: string, scope: 'day' | 'month', limit: Limit): ReadonlyMap<string, number> =>
  new Map(contracts.filter(({ document }) => covers(document, tenant)).map(({ document }) => [document.workflow, document.budgets[scope][limit] ?? Infinity]));
