import type { ActivatedFile, ConfigActivatedV1, ConfigKind } from '@countersign/contracts';
import type { Instant, Sha256 } from '@countersign/kernel';
import { checkConfiguration, type ConfigurationFiles, type ConfigurationReader } from '../config/check-configuration.js';
import type { DocumentFault, Documents, Pinned } from '../config/document.js';
import type { WebhookDocument } from '../config/webhook-document.js';
import type { Configuration, ControlState } from './control-state.js';
import { manifestHash } from './manifest-hash.js';
import { policySet } from './policy-set.js';

export type Activation = { readonly configuration: Configuration; readonly files: ConfigurationFiles } | { readonly faults: readonly DocumentFault[] };

/** The configuration that a manifest puts in force, or why it is void. Pointers are into the manifest. `at`: Kafka's time of the manifest. */
export const activate = (state: ControlState, manifest: ConfigActivatedV1, policyFaults: ConfigurationReader['policyFaults'], at: Instant): Activation => {
  const faults: DocumentFault[] = [];
  // Exactly the next: whoever signs a manifest signs the change from what is in force to it, and it must never be another change.
  const version = (state.active?.version ?? 0) + 1;
  if (manifest.version !== version) faults.push({ pointer: '/version', message: `must be ${version}, the next after what is in force` });
  if (manifestHash(manifest.files) !== manifest.hash) faults.push({ pointer: '/hash', message: 'is not the hash of the files' });
  const of = <Kind extends ConfigKind>(kind: Kind): readonly Pinned<Documents[Kind]>[] => {
    const known: ReadonlyMap<Sha256, Pinned<Documents[Kind]>> = state.published[kind];
    return manifest.files.flatMap((file, index) => {
      if (file.kind !== kind) return [];
      const pinned = known.get(file.hash);
      if (pinned) return [{ ...pinned, id: file.id, version: file.version }];
      faults.push(missing(file, index));
      return [];
    });
  };
  const files = { contracts: of('contract'), tools: of('tool'), playbooks: of('playbook'), policies: of('policy'), approvers: of('approvers'), tenants: of('tenant'), webhooks: of('webhook') };
  for (const fault of [...checkConfiguration(files), ...policyFaults(files)]) faults.push({ pointer: '/files', message: `${fault.kind} \`${fault.id}\`${fault.pointer && ` ${fault.pointer}`}: ${fault.message}` });
  if (faults.length > 0) return { faults };
  const [approvers] = files.approvers;
  return {
    files,
    configuration: {
      version: manifest.version,
      hash: manifest.hash,
      contracts: files.contracts,
      tools: new Map(files.tools.map((tool) => [tool.document.id, tool])),
      playbooks: new Map(files.playbooks.map((playbook) => [playbook.document.id, playbook])),
      policies: files.policies,
      ...(approvers && { approvers }),
      tenants: files.tenants,
      webhooks: files.webhooks.map((webhook) => ({ ...webhook, since: sinceWhen(state, webhook, at) })),
      policySet: policySet(files.policies, files.contracts, files.tools),
    },
  };
};

/** Another URL is another place, whatever it is called. */
const sinceWhen = ({ active }: ControlState, { id, document }: Pinned<WebhookDocument>, at: Instant): Instant => active?.webhooks.find((known) => known.id === id && known.document.url === document.url)?.since ?? at;

const missing = (file: ActivatedFile, index: number): DocumentFault => ({
  pointer: `/files/${index}`,
  message: `${file.kind} \`${file.id}\` with hash ${file.hash.slice(0, 12)} was not published`,
});
