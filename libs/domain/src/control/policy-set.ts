import { canonicalJson, sha256 } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { Pinned } from '../config/document.js';
import type { PolicyFile } from '../config/policy-file.js';
import type { ToolContract } from '../config/tool-contract.js';
import type { PolicySet } from './control-state.js';

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
