import { canonicalJson, sha256 } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { Pinned } from '../config/document.js';
import type { PolicyFile } from '../config/policy-file.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { ConfigurationFiles } from '../config/check-configuration.js';
import type { Configuration, PolicySet } from './control-state.js';

export const policySet = (
  policies: readonly Pinned<PolicyFile>[],
  contracts: readonly Pinned<AgentContract>[],
  tools: readonly Pinned<ToolContract>[],
): PolicySet => ({
  hash: sha256(canonicalJson([policies, contracts, tools].map((files) => files.map(({ hash }) => hash).toSorted()))),
  policies,
  contracts,
  tools,
});

export const EMPTY_POLICY_SET: PolicySet = policySet([], [], []);

/** The files of a configuration in force, as they were given. */
export const filesOfConfiguration = ({ contracts, tools, playbooks, policies, approvers, tenants, webhooks }: Configuration): ConfigurationFiles => ({
  contracts,
  tools: [...tools.values()],
  playbooks: [...playbooks.values()],
  policies,
  approvers: approvers ? [approvers] : [],
  tenants,
  webhooks,
});
