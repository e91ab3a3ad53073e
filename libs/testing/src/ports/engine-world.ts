import type { AgentContract, Facts, Pinned, PolicyAttribute, PolicyRule, ToolContract, Verdict, Vote } from '@countersign/domain';
import { hours, type JsonObject, type MicroUsd, millis, type Principal, sha256, type Tenant, type Workflow } from '@countersign/kernel';
import { type Attributes, attributesOf, type AttributeValue, compilePolicySet, type CompiledSet, type DecisionRequest, NO_FACTS, type PolicyWarning } from '@countersign/policy-engines';
import { NO_BUDGETS, NO_RIGHTS_LIMITED, NOTHING_DECLARED } from '../refund-desk.js';

const pinned = <Document extends { readonly id: string; readonly version: number }>(document: Document): Pinned<Document> => ({
  id: document.id.replaceAll('.', '-'),
  version: document.version,
  hash: sha256(document.id),
  document,
});

/** A tool contract of which only the name and the attributes matter. */
export const policyTool = (id: string, attributes: Readonly<Record<string, PolicyAttribute>> = {}, more: Partial<ToolContract> = {}): ToolContract => ({
  id,
  version: 1,
  description: 'a tool of the engine suite',
  effect: 'write',
  risk: [],
  args: {},
  result: {},
  connection: 'desk',
  adapter: 'http',
  request: { method: 'POST', path: '/', query: {}, headers: {} },
  idempotency: { kind: 'none' },
  timeout: millis(1_000),
  attempts: 1,
  cost: 0 as MicroUsd,
  attributes,
  ...NOTHING_DECLARED,
  maxResultBytes: 1_024,
  ...more,
});

/** An agent contract of which only tenants, workflow and tools matter. */
export const policyContract = (id: string, tenants: readonly string[], workflow: string, read: readonly string[], write: readonly string[]): AgentContract => ({
  id,
  version: 1,
  owner: 'desk',
  tenants: tenants as readonly Tenant[],
  workflow: workflow as Workflow,
  accepts: [],
  input: {},
  tools: { read, write },
  playbook: id,
  ...NO_RIGHTS_LIMITED,
  budgets: NO_BUDGETS,
  timeouts: { run: hours(1) },
});

const AMOUNT: Readonly<Record<string, PolicyAttribute>> = { amount_usd: { arg: '/amount_cents', unit: 'usd-cents' } };

/** Tools of the suite: what each can be asked about differs. */
export const TOOLS: readonly ToolContract[] = [
  policyTool('payments.get'),
  policyTool('payments.refund', { ...AMOUNT, currency: { arg: '/currency', unit: 'text' } }),
  policyTool('crm.export', { rows: { arg: '/rows', unit: 'count' } }),
  policyTool('crm.bulk-delete'),
  policyTool('mail.send', { recipient: { arg: '/to/address', unit: 'text' } }),
  policyTool('admin.grant'),
  policyTool('mail.reply', {}, { risk: ['send'], destinations: [{ arg: '/to', kind: 'email' }] }),
  policyTool('payments.transfer', AMOUNT, { risk: ['money'], destinations: [{ arg: '/account', kind: 'account' }] }),
  policyTool('users.invite', {}, { risk: ['access'], fromTask: ['/user'] }),
  policyTool('crm.find', {}, { effect: 'read' }),
  policyTool('crm.dump', {}, { effect: 'read', risk: ['export'] }),
];

/** Facts of a run of the refund desk that rules can speak of. */
const CONTEXT: AgentContract['context'] = { region: { from: 'task', pointer: '/region', unit: 'text' }, severity: { from: 'task', pointer: '/severity', unit: 'count' } };

/** The refund desk of two tenants may use everything but `admin.grant`, which belongs to another workflow. */
export const CONTRACTS: readonly AgentContract[] = [
  {
    ...policyContract(
      'refund-desk',
      ['acme', 'globex'],
      'refund-desk',
      ['payments.get', 'crm.export', 'crm.find', 'crm.dump'],
      ['payments.refund', 'crm.bulk-delete', 'mail.send', 'mail.reply', 'payments.transfer', 'users.invite'],
    ),
    context: CONTEXT,
  },
  policyContract('admin', ['acme'], 'admin', [], ['admin.grant']),
];

export const compileRules = (rules: readonly PolicyRule[], tools = TOOLS, contracts = CONTRACTS): { readonly set: CompiledSet; readonly warnings: readonly PolicyWarning[] } => {
  const compiled = compilePolicySet({
    hash: sha256(JSON.stringify(rules)),
    policies: [{ id: 'rules', version: 1, hash: sha256('rules'), document: { policies: rules } }],
    contracts: contracts.map(pinned),
    tools: tools.map(pinned),
  });
  if (!compiled.ok) throw new Error(`the rules of a case do not compile: ${compiled.faults.map(({ message }) => message).join('; ')}`);
  return compiled;
};

/** A call of the refund desk of acme, unless told otherwise. */
export interface Call {
  readonly tool: string;
  readonly args?: JsonObject;
  readonly tenant?: string;
  readonly workflow?: string;
  /** Instead of the agent of tenant and workflow. */
  readonly agent?: string;
  /** Values of the run's context. */
  readonly context?: Readonly<Record<string, AttributeValue>>;
  readonly facts?: Partial<Facts>;
  /** Votes `name: roles`, and the tier that the voters were asked at (2 unless given). */
  readonly votes?: Readonly<Record<string, readonly string[]>>;
  readonly tier?: number;
  /** Handed in as they stand, after the votes above. */
  readonly again?: readonly Vote[];
}

const withContext = ({ values, invalid }: Attributes, context: Readonly<Record<string, AttributeValue>>): Attributes => ({ values: { ...values, ...context }, invalid });

export const vote = (name: string, roles: readonly string[]): Vote => ({ voter: `spiffe://countersign.local/human/${name}` as Principal, roles });

export const requestOf = ({ tool, args = {}, tenant = 'acme', workflow = 'refund-desk', agent, context = {}, facts, votes = {}, again = [], tier = 2 }: Call, tools = TOOLS): DecisionRequest => ({
  agent: agent ?? `spiffe://countersign.local/tenant/${tenant}/workflow/${workflow}/agent/desk`,
  tenant,
  workflow,
  tool,
  destination: 'desk',
  attributes: withContext(attributesOf(tools.find(({ id }) => id === tool) ?? { attributes: {} }, args), context),
  facts: { ...NO_FACTS, ...facts },
  approvals: { tier, votes: [...Object.entries(votes).map(([name, roles]) => vote(name, roles)), ...again] },
});

/** The part of a verdict that is compared: messages are for people and are tested where they are made. */
export const essence = (verdict: Verdict): unknown => {
  const reasons = (told: readonly { readonly rule: string; readonly code: string }[]): readonly string[] => told.map(({ rule, code }) => `${rule} ${code}`);
  switch (verdict.effect) {
    case 'allow':
      return { allow: verdict.rules };
    case 'deny':
      return { deny: reasons(verdict.reasons) };
    case 'ask': {
      const { tier, quorum, roles, within } = verdict;
      return { ask: reasons(verdict.reasons), tier, quorum, roles, within };
    }
  }
};
