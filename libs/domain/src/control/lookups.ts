import type { Service } from '@countersign/contracts';
import type { Instant, KeyId, Principal, Sha256 } from '@countersign/kernel';
import type { AgentContract } from '../config/agent-contract.js';
import type { Approver } from '../config/approver-directory.js';
import type { Pinned } from '../config/document.js';
import type { Playbook } from '../config/playbook.js';
import type { ToolContract } from '../config/tool-contract.js';
import { TASK_MEMORY } from '../run/constants.js';
import type { AnnouncedKey, ControlState, PolicySet } from './control-state.js';
import { EMPTY_POLICY_SET } from './policy-set.js';

/** The agent contract for a tenant's workflow, whatever its id: there is one at most. */
export const contractAmong = (contracts: readonly Pinned<AgentContract>[], tenant: string, workflow: string): Pinned<AgentContract> | undefined =>
  contracts.find(({ document }) => document.workflow === workflow && covers(document, tenant));

/** The agent contract in force for a tenant's workflow. */
export const contractFor = (state: ControlState, tenant: string, workflow: string): Pinned<AgentContract> | undefined => contractAmong(state.active?.contracts ?? [], tenant, workflow);

/** The agent contract in force that takes a tenant's upstream events of a type as tasks. */
export const contractAccepting = (state: ControlState, tenant: string, type: string): Pinned<AgentContract> | undefined =>
  state.active?.contracts.find(({ document }) => document.accepts.includes(type) && covers(document, tenant));

/** Tenants of all agent contracts in force, sorted. */
export const tenantsOf = (state: ControlState): readonly string[] =>
  [...new Set(state.active?.contracts.flatMap(({ document }) => document.tenants) ?? [])].toSorted();

/** The tool contract in force for a tool's name. */
export const toolNamed = (state: ControlState, tool: string): Pinned<ToolContract> | undefined => state.active?.tools.get(tool);

/** Files that something is pinned to, in force or not. */
export const contractByHash = (state: ControlState, hash: Sha256): Pinned<AgentContract> | undefined => state.files.contract.get(hash);
export const toolByHash = (state: ControlState, hash: Sha256): Pinned<ToolContract> | undefined => state.files.tool.get(hash);
export const playbookByHash = (state: ControlState, hash: Sha256): Pinned<Playbook> | undefined => state.files.playbook.get(hash);

/**
 * The agent contract that a task of a tenant's workflow names: one that is in force for it, or was within `TASK_MEMORY`, because a task may have
 * been admitted before the newest manifest and is taken up after it. What is out of force for longer opens no run, whoever names it.
 */
export const contractOfTask = ({ active, allotments }: ControlState, tenant: string, workflow: string, hash: Sha256, now: Instant): Pinned<AgentContract> | undefined =>
  [active, ...allotments.filter((_, index) => (allotments[index + 1]?.since ?? now) >= now - TASK_MEMORY)]
    .map((files) => contractAmong(files?.contracts ?? [], tenant, workflow))
    .find((contract) => contract?.hash === hash);

/** Who wrote the agent contract in force for a tenant's workflow, and put it in force: they approve nothing that is done under it. */
export const authorsFor = (state: ControlState, tenant: string, workflow: string): readonly Principal[] => state.authors.get(contractFor(state, tenant, workflow)?.hash ?? ('' as Sha256)) ?? [];

/** A person of the directory in force. */
export const approverOf = (state: ControlState, subject: Principal): Approver | undefined =>
  state.active?.approvers?.document.people.find((person) => person.subject === subject);

/** The policy set in force; the empty one, under which everything is denied, before the first manifest. */
export const policySetOf = (state: ControlState): PolicySet => state.active?.policySet ?? EMPTY_POLICY_SET;

/** An announced key as it stood at a record's timestamp (milliseconds). */
export const keyAt = (state: ControlState, key: KeyId, at: number): AnnouncedKey | undefined => {
  const known = state.keys.get(key);
  return known && (known.retiredAt === undefined || at <= known.retiredAt) ? known : undefined;
};

/** The newest key of a service that is not retired. */
export const newestKeyOf = (state: ControlState, service: Service): AnnouncedKey | undefined =>
  [...state.keys.values()].filter((key) => key.service === service && key.retiredAt === undefined).toSorted((a, b) => b.announced - a.announced)[0];

/** Whether a contract is also for a tenant. */
export const covers = (contract: AgentContract, tenant: string): boolean => contract.tenants.some((covered) => covered === tenant);
