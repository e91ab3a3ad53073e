import { policySetOf, type AgentContract, type ConfigurationFiles, type Pinned, type Playbook, type TenantDocument } from '@countersign/domain';
import { controlsOf, Evaluator } from '@countersign/evaluation';
import { canonicalJson, CountersignError, sha256, type Tenant, type Workflow } from '@countersign/kernel';
import { CedarEngine, compilePolicySet, type CompiledSet } from '@countersign/policy-engines';
import { readDocument } from '@countersign/tools';
import type { Suite } from './suite.ts';

/** Names of tenants and workflows have dashes where suites have underscores. */
export const nameOf = (id: string): string => id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

const PLAYBOOK: Playbook = { id: 'recorded', version: 1, steps: [] };

const pinned = <Document extends { readonly id: string; readonly version: number }>(document: Document): Pinned<Document> => ({
  id: document.id,
  version: document.version,
  hash: sha256(canonicalJson(document)),
  document,
});

/** What a contract says that the folder has none for. */
const bare = (suite: Suite): AgentContract => {
  const reading = readDocument('contract', { id: nameOf(suite.name), version: 1, owner: 'nobody', tenants: [nameOf(suite.name)], workflow: nameOf(suite.name), accepts: [], input: { type: 'object' }, tools: {}, playbook: PLAYBOOK.id });
  if ('faults' in reading) throw new CountersignError('INTERNAL', reading.faults.map(({ message }) => message).join('\n'));
  return reading.document;
};

const only = <Value>(values: Readonly<Record<string, Value>>, tools: readonly string[]): Readonly<Record<string, Value>> => Object.fromEntries(Object.entries(values).filter(([tool]) => tools.includes(tool)));

/** The operator's contract for the suite, narrowed to the tools that one task itself uses. */
const narrowed = (general: AgentContract, suite: Suite, id: string, names: readonly string[], files: ConfigurationFiles): AgentContract => {
  const tools = files.tools.filter(({ document }) => names.includes(document.id)).map(({ document }) => document);
  const of = (effect: 'read' | 'write'): readonly string[] => tools.filter((tool) => tool.effect === effect).map((tool) => tool.id);
  return {
    ...general,
    id: nameOf(id),
    tenants: [nameOf(suite.name) as Tenant],
    workflow: nameOf(id) as Workflow,
    accepts: [],
    tools: { read: of('read'), write: of('write') },
    resources: only(general.resources, names),
    writableFields: only(general.writableFields, names),
    context: Object.fromEntries(Object.entries(general.context).filter(([, fact]) => fact.from === 'task' || names.includes(fact.tool))),
    playbook: PLAYBOOK.id,
  };
};

const checkTools = (suite: Suite, files: ConfigurationFiles): void => {
  const known = new Set(files.tools.map(({ document }) => document.id));
  const used = new Set([...suite.tools.map(({ name }) => name), ...[...suite.userTasks, ...suite.injections].flatMap(({ calls }) => calls.map(({ tool }) => tool))]);
  const missing = [...used].filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new CountersignError('CONFIG_INVALID', `the configuration has no tool ${missing.map((name) => `\`${name}\``).join(', ')} of suite \`${suite.name}\``, { hint: 'write a file for each under `tools/`; `--scaffold DIR` makes skeletons of them' });
  }
};

/** Decides the calls of a suite: a contract for each user task with exactly the tools that its own calls use, and the suite's directory as the tenant's. */
export const evaluatorFor = (suite: Suite, files: ConfigurationFiles, compiled: (set: CompiledSet) => CompiledSet = (set) => set): Evaluator => {
  checkTools(suite, files);
  const general = files.contracts.find(({ document }) => document.workflow === nameOf(suite.name))?.document ?? bare(suite);
  const contracts = suite.userTasks.map(({ id, calls }) => pinned(narrowed(general, suite, id, calls.map(({ tool }) => tool), files)));
  const tenant: TenantDocument = { id: nameOf(suite.name), version: 1, tenant: nameOf(suite.name) as Tenant, directory: suite.directory, budgets: { day: {}, month: {} } };
  const controls = controlsOf({ ...files, contracts, playbooks: [pinned(PLAYBOOK)], tenants: [pinned(tenant)] });
  const compilation = compilePolicySet(policySetOf(controls));
  if (!compilation.ok) throw new CountersignError('CONFIG_INVALID', compilation.faults.map(({ id, pointer, message }) => `${id} ${pointer}: ${message}`).join('\n'));
  return new Evaluator({ controls, policy: new CedarEngine().prepare(compiled(compilation.set)) });
};
