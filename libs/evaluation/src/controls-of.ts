import { activate, initialControls, manifestHash, type ConfigurationFiles, type ControlState, type Pinned } from '@countersign/domain';
import { CountersignError, type Instant, type KeyId, type Sha256 } from '@countersign/kernel';
import type { ConfigKind } from '@countersign/contracts';
import { policySetFaults } from '@countersign/policy-engines';

const KEY = '0'.repeat(16) as KeyId;
/** Something must be able to execute what is allowed; nothing is signed with it. */
const EXECUTOR = { key: KEY, service: 'executor', publicKey: '', announced: 0 } as const;

const byHash = <Document>(files: readonly Pinned<Document>[]): ReadonlyMap<Sha256, Pinned<Document>> => new Map(files.map((file) => [file.hash, file]));

/** What would be in force if these files, and no others, were applied. Throws `CONFIG_INVALID` where they cannot be. */
export const controlsOf = ({ contracts, tools, playbooks, policies, approvers, tenants, webhooks }: ConfigurationFiles): ControlState => {
  const kinds = { contract: contracts, tool: tools, playbook: playbooks, policy: policies, approvers, tenant: tenants, webhook: webhooks } as const satisfies Record<ConfigKind, readonly Pinned<unknown>[]>;
  const published = { contract: byHash(contracts), tool: byHash(tools), playbook: byHash(playbooks), policy: byHash(policies), approvers: byHash(approvers), tenant: byHash(tenants), webhook: byHash(webhooks) };
  const state: ControlState = { ...initialControls(), epoch: 0, published, files: published, keys: new Map([[KEY, EXECUTOR]]) };
  const files = Object.entries(kinds).flatMap(([kind, pinned]) => pinned.map(({ id, version, hash }) => ({ kind: kind as ConfigKind, id, version, hash })));
  const activation = activate(state, { version: 1, hash: manifestHash(files), files }, policySetFaults, 0 as Instant);
  if ('faults' in activation) throw new CountersignError('CONFIG_INVALID', activation.faults.map(({ message }) => message).join('\n'));
  return { ...state, active: activation.configuration };
};
