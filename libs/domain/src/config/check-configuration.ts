import type { ConfigKind } from '@countersign/contracts';
import type { AgentContract } from './agent-contract.js';
import type { ApproverDirectory } from './approver-directory.js';
import { checkPlaybook } from './check-playbook.js';
import type { DocumentFault, DocumentReader, Pinned } from './document.js';
import type { Playbook } from './playbook.js';
import type { PolicyFile } from './policy-file.js';
import { allotmentFaults } from './check-allotments.js';
import { compensationFaults } from './check-compensation.js';
import { contextFaults, rightsFaults } from './check-contract.js';
import type { TenantDocument } from './tenant-document.js';
import type { ToolContract } from './tool-contract.js';
import type { WebhookDocument } from './webhook-document.js';

/** All files of one configuration. */
export interface ConfigurationFiles {
  readonly contracts: readonly Pinned<AgentContract>[];
  readonly tools: readonly Pinned<ToolContract>[];
  readonly playbooks: readonly Pinned<Playbook>[];
  readonly policies: readonly Pinned<PolicyFile>[];
  readonly approvers: readonly Pinned<ApproverDirectory>[];
  readonly tenants: readonly Pinned<TenantDocument>[];
  readonly webhooks: readonly Pinned<WebhookDocument>[];
}

/** How whoever folds controls reads files, and what it makes of the rules among them: the same everywhere. Pure and total. */
export interface ConfigurationReader {
  readonly read: DocumentReader;
  /** Why the rules, with these contracts and tools, are no policy set; empty where they are one. */
  readonly policyFaults: (files: Pick<ConfigurationFiles, 'policies' | 'contracts' | 'tools'>) => readonly ConfigurationFault[];
}

/** What is wrong between files. `id` is the id of the file that has to change. */
export interface ConfigurationFault extends DocumentFault {
  readonly kind: ConfigKind;
  readonly id: string;
}

/**
 * Checks what no file can say alone. The command line does it before it publishes, and every reader again before it puts
 * a manifest in force: whoever signs a manifest by other means gets no further.
 */
export const checkConfiguration = (files: ConfigurationFiles): readonly ConfigurationFault[] => [
  ...doubles(files),
  ...files.contracts.flatMap((contract) => withFile('contract', contract, checkContract(contract.document, files))),
  ...files.tools.flatMap((tool) => withFile('tool', tool, compensationFaults(tool.document, files.tools))),
  ...files.tenants.flatMap((tenant) => withFile('tenant', tenant, allotmentFaults(tenant.document, files.contracts))),
  ...files.playbooks.flatMap((playbook) => withFile('playbook', playbook, checkPlaybook(playbook.document, files))),
];

const withFile = (kind: ConfigKind, file: Pinned<unknown>, faults: readonly DocumentFault[]): readonly ConfigurationFault[] =>
  faults.map((fault) => ({ kind, id: file.id, ...fault }));

const checkContract = (contract: AgentContract, files: ConfigurationFiles): readonly DocumentFault[] => {
  const faults: DocumentFault[] = [];
  if (!files.playbooks.some(({ document }) => document.id === contract.playbook)) {
    faults.push({ pointer: '/playbook', message: `there is no playbook \`${contract.playbook}\`` });
  }
  for (const effect of ['read', 'write'] as const) {
    for (const [index, name] of contract.tools[effect].entries()) {
      const tool = files.tools.find(({ document }) => document.id === name)?.document;
      const pointer = `/tools/${effect}/${index}`;
      if (!tool) faults.push({ pointer, message: `there is no tool \`${name}\`` });
      else if (tool.effect !== effect) faults.push({ pointer, message: `\`${name}\` is a ${tool.effect} tool` });
    }
  }
  return [...faults, ...rightsFaults(contract, files.tools), ...contextFaults(contract, files.tools)];
};

/** Names that two files claim: the later file in the list is told. */
const doubles = (files: ConfigurationFiles): readonly ConfigurationFault[] => {
  const faults: ConfigurationFault[] = [];
  const owners = new Map<string, string>();
  const claim = (kind: ConfigKind, file: Pinned<unknown>, pointer: string, name: string): void => {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, file.id);
    else faults.push({ kind, id: file.id, pointer, message: `${name} is also in ${kind} \`${owner}\`` });
  };
  for (const file of files.contracts) {
    claim('contract', file, '/id', `contract \`${file.id}\``);
    for (const tenant of file.document.tenants) {
      claim('contract', file, '/workflow', `workflow \`${file.document.workflow}\` of tenant \`${tenant}\``);
      for (const [index, type] of file.document.accepts.entries()) claim('contract', file, `/accepts/${index}`, `type \`${type}\` of tenant \`${tenant}\``);
    }
  }
  for (const file of files.tools) claim('tool', file, '/id', `tool \`${file.id}\``);
  for (const file of files.playbooks) claim('playbook', file, '/id', `playbook \`${file.id}\``);
  for (const file of files.policies) {
    claim('policy', file, '/id', `policy file \`${file.id}\``);
    for (const [index, rule] of file.document.policies.entries()) claim('policy', file, `/policies/${index}/name`, `rule \`${rule.name}\``);
  }
  for (const file of files.webhooks) claim('webhook', file, '/id', `web hook \`${file.id}\``);
  for (const file of files.approvers) claim('approvers', file, '', 'the directory of approvers');
  for (const file of files.tenants) claim('tenant', file, '/tenant', `tenant \`${file.document.tenant}\``);
  return faults;
};
