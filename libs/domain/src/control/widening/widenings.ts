import type { Tenant } from '@countersign/kernel';
import type { AgentContract } from '../../config/agent-contract.js';
import type { ConfigurationFiles } from '../../config/check-configuration.js';
import { contractAmong } from '../lookups.js';
import { spokenOf } from './spoken-of.js';
import { widenApprovers } from './widen-approvers.js';
import { widenContract } from './widen-contract.js';
import { widenRules } from './widen-rules.js';
import { widenTenant, withoutTenant } from './widen-tenant.js';
import { widenTool } from './widen-tool.js';
import { widenWebhook } from './widen-webhook.js';
import type { Widening } from './widening.js';

const NOTHING: ConfigurationFiles = { contracts: [], tools: [], playbooks: [], policies: [], approvers: [], tenants: [], webhooks: [] };

/** As policy finds the contract that it decides by: by tenant and workflow. A new id is no new agent that had no limits before. */
const byContractBefore = ({ contracts }: ConfigurationFiles, { tenants, workflow }: AgentContract): ReadonlyMap<AgentContract | undefined, readonly Tenant[]> =>
  Map.groupBy(tenants, (tenant) => contractAmong(contracts, tenant, workflow)?.document);

/**
 * What a configuration makes possible that the one before it did not; empty where it only narrows. It errs on one side: what cannot
 * be shown to narrow is here. Playbooks are left out on purpose, see `widenContract`; so are tools that no contract lists.
 */
export const widenings = (before: ConfigurationFiles = NOTHING, after: ConfigurationFiles): readonly Widening[] => {
  const tools = new Map(after.tools.map(({ document }) => [document.id, document]));
  const used = new Set(after.contracts.flatMap(({ document }) => [...document.tools.read, ...document.tools.write]));
  const toolBefore = (id: string) => before.tools.find(({ document }) => document.id === id)?.document;
  const spoken = spokenOf([...before.policies, ...after.policies].flatMap(({ document }) => document.policies));
  return [
    ...after.contracts.flatMap((contract) => [...byContractBefore(before, contract.document)].flatMap(([known, tenants]) => widenContract(known, contract, tenants, tools, spoken))),
    ...after.tools.flatMap((tool) => {
      const known = used.has(tool.document.id) ? toolBefore(tool.document.id) : undefined;
      return known ? widenTool(known, tool) : [];
    }),
    ...widenRules(
      before.policies,
      after.policies,
      after.contracts.map(({ document }) => document),
    ),
    ...after.tenants.flatMap((tenant) => widenTenant(before.tenants.find(({ document }) => document.tenant === tenant.document.tenant)?.document, tenant, spoken)),
    ...before.tenants.filter(({ document }) => !after.tenants.some((tenant) => tenant.document.tenant === document.tenant)).flatMap((tenant) => withoutTenant(tenant, spoken)),
    ...after.approvers.flatMap((directory) => widenApprovers(before.approvers[0]?.document, directory)),
    ...after.webhooks.flatMap((webhook) => widenWebhook(before.webhooks.find(({ id }) => id === webhook.id)?.document, webhook)),
  ];
};
