import type { AgentContract, Limits } from './agent-contract.js';
import type { DocumentFault, Pinned } from './document.js';
import type { TenantDocument } from './tenant-document.js';

/** What days and months limit. */
export const LIMITS = ['usd', 'toolCalls', 'writes', 'records', 'retries', 'steps', 'wallClock'] as const satisfies readonly (keyof Limits)[];
export type Limit = (typeof LIMITS)[number];

/** As they are written in files. */
const WRITTEN: Readonly<Record<Limit, string>> = { usd: 'usd', toolCalls: 'tool_calls', writes: 'writes', records: 'records', retries: 'retries', steps: 'steps', wallClock: 'wall_clock' };

/**
 * A tenant's cap is allotted to its workflows, each of which is counted by itself: what their contracts allow may not add up to more.
 * A contract without the limit would have all of it. `limitsIn` sees to it that it holds within a period, too.
 */
export const allotmentFaults = (tenant: TenantDocument, contracts: readonly Pinned<AgentContract>[]): readonly DocumentFault[] => {
  const ofTenant = contracts.map(({ document }) => document).filter(({ tenants }) => tenants.includes(tenant.tenant));
  return (['day', 'month'] as const).flatMap((period) =>
    LIMITS.flatMap((limit): DocumentFault[] => {
      const cap = tenant.budgets[period][limit];
      if (cap === undefined) return [];
      const pointer = `/budgets/${period}/${WRITTEN[limit]}`;
      const unlimited = ofTenant.find(({ budgets }) => budgets[period][limit] === undefined);
      if (unlimited) return [{ pointer, message: `contract \`${unlimited.id}\` has no \`${WRITTEN[limit]}\` for a ${period}, so it would have the whole cap of the tenant` }];
      const allotted = ofTenant.reduce((sum, { budgets }) => sum + (budgets[period][limit] ?? 0), 0);
      return allotted <= cap ? [] : [{ pointer, message: `the contracts of \`${tenant.tenant}\` are allotted ${allotted} and the cap is ${cap}` }];
    }),
  );
};
