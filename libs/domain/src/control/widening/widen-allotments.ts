import { LIMITS, WRITTEN } from '../../config/check-allotments.js';
import type { ConfigurationFiles } from '../../config/check-configuration.js';
import type { TenantDocument } from '../../config/tenant-document.js';
import type { Widening } from './widening.js';

type Period = 'day' | 'month';
type Limit = (typeof LIMITS)[number];

/** What the workflows of a tenant may each use; without a limit: anything. */
const allottedTo = ({ tenant }: TenantDocument, { contracts }: Pick<ConfigurationFiles, 'contracts'>, period: Period, limit: Limit): ReadonlyMap<string, number> =>
  new Map(contracts.filter(({ document }) => document.tenants.includes(tenant)).map(({ document }) => [document.workflow, document.budgets[period][limit] ?? Infinity]));

/**
 * Whether what is moved from one workflow to another could be used twice before the period is over: each is counted by itself, and what
 * the one has used stays used.
 */
const isUsedTwice = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, cap: number): boolean => {
  const most = [...new Set([...before.keys(), ...after.keys()])].map((workflow) => Math.max(before.get(workflow) ?? 0, after.get(workflow) ?? 0));
  return most.reduce((sum, amount) => sum + amount, 0) > cap && [...after].some(([workflow, amount]) => amount > (before.get(workflow) ?? 0));
};

/** Caps of tenants that the change of allotments lifts until the day or month is over. */
export const widenAllotments = (before: ConfigurationFiles, after: ConfigurationFiles): readonly Widening[] =>
  after.tenants.flatMap(({ id, document }) =>
    (['day', 'month'] as const).flatMap((period) =>
      LIMITS.flatMap((limit): readonly Widening[] => {
        const cap = document.budgets[period][limit];
        if (cap === undefined || !isUsedTwice(allottedTo(document, before, period, limit), allottedTo(document, after, period, limit), cap)) return [];
        return [{ kind: 'tenant', id, tenants: [document.tenant], what: `\`budgets.${period}.${WRITTEN[limit]}\` of ${document.tenant} may be passed until the ${period} is over: what one workflow has used is not taken from what another is given` }];
      }),
    ),
  );
