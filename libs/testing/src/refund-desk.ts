import type { ActionProposedV1, Envelope, Event, EventData, Reservation } from '@countersign/contracts';
import { newEvent } from '@countersign/contracts';
import {
  actionHashOf,
  DEFAULT_FALLBACKS,
  DEFAULT_MAX_STEPS,
  DEFAULT_TIME_ZONE,
  evolveControls,
  evolveDecisions,
  fileIdOf,
  initialControls,
  initialDecisions,
  manifestHash,
  type AgentContract,
  type ApproverDirectory,
  type Budgets,
  type ConfigurationReader,
  type ControlState,
  type DecisionState,
  type DocumentReader,
  type PeriodsOf,
  type Pinned,
  type Playbook,
  type PlaybookStep,
  type TenantDocument,
  type ToolContract,
} from '@countersign/domain';
import { canonicalJson, hours, idempotencyKeyOf, microUsd, runIdOf, seconds, sha256, timestamp, type JsonObject, type KeyId, type Principal, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { but, NOW, writtenAt, type Written } from './given.js';

/** A refund desk in memory: what the specs of the pure cores are about. */

export const ACME = 'acme' as Tenant;
export const REFUND_DESK = 'refund-desk' as Workflow;
export const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal;
export const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream' as Principal;
export const ADA = 'spiffe://countersign.local/human/ada' as Principal;
export const GRACE = 'spiffe://countersign.local/human/grace' as Principal;
export const EXECUTOR_KEY = '0123456789abcdef' as KeyId;

const closed = (properties: JsonObject, required: readonly string[]): JsonObject => ({ type: 'object', additionalProperties: false, required, properties });

/** A tool that says nothing of where its effect goes. Its results are trusted, so that a spec taints a run only where it wants to. */
export const NOTHING_DECLARED = { destinations: [], fromTask: [], resources: {}, resultTrust: 'trusted', vouchesFor: [], resultLimits: {} } as const satisfies Partial<ToolContract>;

/** The calendar of specs: UTC, whatever a contract says. */
export const UTC_PERIODS: PeriodsOf = (_timeZone, at) => ({ day: timestamp(at).slice(0, 10), month: timestamp(at).slice(0, 7) });

/** A contract that limits nothing beyond its list of tools. */
export const NO_RIGHTS_LIMITED = { resources: {}, writableFields: {}, destinations: [], context: {}, stage: 'autonomous', windows: [], modelRouting: {}, fallbacks: DEFAULT_FALLBACKS } as const satisfies Partial<AgentContract>;

export const NO_BUDGETS = { run: { steps: DEFAULT_MAX_STEPS }, day: {}, month: {}, timeZone: DEFAULT_TIME_ZONE, repeats: 100 } as const satisfies Budgets;

export const GET_CHARGE: ToolContract = {
  id: 'charges.get',
  version: 1,
  description: 'looks a charge up',
  effect: 'read',
  risk: [],
  args: closed({ charge: { type: 'string' } }, ['charge']),
  result: closed({ status: { type: 'string' }, left_cents: { type: 'integer' } }, ['status']),
  connection: 'payments',
  adapter: 'http',
  request: { method: 'GET', path: '/charges/{charge}', query: {}, headers: {} },
  idempotency: { kind: 'natural' },
  timeout: seconds(5),
  attempts: 3,
  cost: microUsd(500),
  attributes: {},
  ...NOTHING_DECLARED,
  maxResultBytes: 1_024,
};

export const REFUND: ToolContract = {
  id: 'payments.refund',
  version: 1,
  description: 'refunds a part of a charge, or all of it',
  effect: 'write',
  risk: ['money'],
  args: closed({ charge: { type: 'string' }, amount_cents: { type: 'integer' } }, ['charge', 'amount_cents']),
  result: closed({ refund: { type: 'string' } }, ['refund']),
  connection: 'payments',
  adapter: 'http',
  request: { method: 'POST', path: '/charges/{charge}/refunds', query: {}, headers: { 'idempotency-key': '{idempotency_key}' }, body: { amount_cents: '{amount_cents}' } },
  outsideId: '/refund',
  idempotency: { kind: 'key', memory: hours(24) },
  readBack: { request: { method: 'GET', path: '/refunds', query: { idempotency_key: '{idempotency_key}' }, headers: {} }, expect: { '/amount_cents': { op: 'equals', to: '{amount_cents}' } } },
  timeout: seconds(5),
  attempts: 3,
  cost: microUsd(2_000),
  attributes: { amount_usd: { arg: '/amount_cents', unit: 'usd-cents' } },
  ...NOTHING_DECLARED,
  maxResultBytes: 1_024,
};

export const REVERSE: ToolContract = {
  ...REFUND,
  id: 'payments.refund.reverse',
  description: 'takes a refund back',
  args: closed({ refund: { type: 'string' }, charge: { type: 'string' } }, ['refund']),
  request: { method: 'POST', path: '/refunds/{refund}/reversal', query: {}, headers: { 'idempotency-key': '{idempotency_key}' } },
  readBack: { request: { method: 'GET', path: '/refunds/{refund}', query: {}, headers: {} }, expect: { '/reversed': { op: 'equals', to: true } } },
  attributes: {},
};

/** A refund that can be taken back: by a run that fails, and for an hour by a person. */
export const REVERSIBLE: ToolContract = {
  ...REFUND,
  compensation: { tool: REVERSE.id, args: { refund: { from: 'result', pointer: '/refund' }, charge: { from: 'arg', pointer: '/charge' } } },
  undoWindow: hours(1),
};

export const CONTRACT: AgentContract = {
  id: 'refund-desk',
  version: 1,
  owner: 'finance operations',
  tenants: [ACME],
  workflow: REFUND_DESK,
  accepts: ['refund.requested'],
  input: { type: 'object', properties: { charge: { type: 'string' }, amount_cents: { type: 'integer' } } },
  tools: { read: ['charges.get'], write: ['payments.refund'] },
  playbook: 'refund',
  ...NO_RIGHTS_LIMITED,
  budgets: { ...NO_BUDGETS, run: { steps: 10 } },
  timeouts: { run: hours(1) },
};

const step = (id: string, rest: Omit<PlaybookStep, 'id'>): PlaybookStep => ({ id: id as StepId, ...rest });

export const CHARGE_STEP = step('charge', { tool: 'charges.get', args: { charge: { from: 'task', pointer: '/charge' } } });
export const REFUND_STEP = step('refund', {
  tool: 'payments.refund',
  args: { charge: { from: 'task', pointer: '/charge' }, amount_cents: { from: 'task', pointer: '/amount_cents' } },
});

export const PLAYBOOK: Playbook = { id: 'refund', version: 1, steps: [CHARGE_STEP, REFUND_STEP] };

/** A directory that says its id and version, as files may. */
type NamedDirectory = ApproverDirectory & { readonly id: string; readonly version: number };

export const APPROVERS: NamedDirectory = {
  id: 'approvers',
  version: 1,
  people: [
    { subject: ADA, name: 'Ada', publicKey: 'A'.repeat(43), roles: ['finance'] },
    { subject: GRACE, name: 'Grace', publicKey: 'B'.repeat(43), roles: ['finance', 'support'] },
  ],
};

export interface DeskFiles {
  readonly contracts: readonly AgentContract[];
  readonly tools: readonly ToolContract[];
  readonly playbooks: readonly Playbook[];
  readonly approvers: readonly NamedDirectory[];
  readonly tenants: readonly TenantDocument[];
}

export const DESK: DeskFiles = { contracts: [CONTRACT], tools: [GET_CHARGE, REFUND], playbooks: [PLAYBOOK], approvers: [APPROVERS], tenants: [] };

/** Here the body of a file is its document; how YAML is read is a matter of `libs/tools`. */
export const readAsIs: DocumentReader = (_kind, body) => ({ document: body as never });

/** Rules are a matter of `libs/policy-engines`. */
export const readingAsIs: ConfigurationReader = { read: readAsIs, policyFaults: () => [] };

/** A file as configurations hold it. */
export const pinned = <Document extends object>(document: Document, id = 'id' in document ? String(document.id) : 'rules'): Pinned<Document> => ({ id: fileIdOf(id), version: 1, hash: sha256(id), document });

export const hashOfDocument = (document: object): ReturnType<typeof sha256> => sha256(canonicalJson(document));

const PUBLISHED = { contract: 'countersign.contract.published', tool: 'countersign.tool.published', playbook: 'countersign.playbook.published', approvers: 'countersign.approvers.published', tenant: 'countersign.tenant.published' } as const;

/** The events that put a configuration in force, the executor's key included. */
export const controlEvents = (files: DeskFiles = DESK, manifest = 1): readonly Event[] => {
  const published = (
    [
      ['contract', files.contracts],
      ['tool', files.tools],
      ['playbook', files.playbooks],
      ['approvers', files.approvers],
      ['tenant', files.tenants],
    ] as const
  ).flatMap(([kind, documents]) => documents.map((document) => ({ kind, id: fileIdOf(document.id), version: document.version, hash: hashOfDocument(document), body: document as unknown as JsonObject })));
  const active = published.map(({ kind, id, version, hash }) => ({ kind, id, version, hash }));
  const common = { service: 'operator', now: NOW } as const;
  return [
    ...published.map(({ kind, body, ...file }) => newEvent({ ...common, type: PUBLISHED[kind], subject: `${kind}/${file.id}`, data: { ...file, path: `${file.id}.yaml`, body } })),
    newEvent({ ...common, type: 'countersign.config.activated', subject: `manifest/${manifest}`, data: { version: manifest, hash: manifestHash(active), files: active } }),
    newEvent({ ...common, type: 'countersign.key.announced', subject: EXECUTOR_KEY, data: { service: 'executor', key: EXECUTOR_KEY, publicKey: 'A'.repeat(43) } }),
  ];
};

export const controlsWith = (files: Partial<DeskFiles> = {}, before: ControlState = initialControls()): ControlState =>
  controlEvents({ ...DESK, ...files }, (before.active?.version ?? 0) + 1).reduce((state, event, index) => evolveControls(state, event, { offset: before.epoch + 1 + index, timestamp: NOW, quorate: true }, readingAsIs), before);

type StopControl = 'countersign.kill-switch.set' | 'countersign.kill-switch.lifted' | 'countersign.mode.changed';

/** What is in force after Ada has pulled a switch. */
export const stopping = <Type extends StopControl>(before: ControlState, type: Type, data: Omit<EventData<Type>, 'reason'>, at: number = NOW): ControlState =>
  evolveControls(before, newEvent({ service: 'operator', type, actor: ADA, now: NOW, subject: `${before.epoch}`, data: { ...data, reason: 'an incident' } as unknown as EventData<Type> }) as Event, { offset: before.epoch + 1, timestamp: at, quorate: true }, readingAsIs);

/** An event of another service at an offset of its topic. */
export const heard = (event: Envelope, topic: string, offset = 0): Written => writtenAt(event, topic, offset);

export interface TaskOptions {
  readonly task?: string;
  readonly input?: JsonObject;
  readonly workflow?: Workflow;
  readonly contract?: AgentContract;
  readonly offset?: number;
}

export const RUN = runIdOf(ACME, REFUND_DESK, '/helpdesk', 'ticket-1');

/** A ticket asks for 12 dollars back, unless told otherwise. */
export const taskSubmitted = ({ task = 'ticket-1', input = { charge: 'ch_1', amount_cents: 1_200 }, workflow = REFUND_DESK, contract = CONTRACT, offset = 0 }: TaskOptions = {}): Written => {
  const { id, version } = contract;
  return heard(
    newEvent({
      service: 'gateway',
      type: 'countersign.task.submitted',
      tenant: ACME,
      workflow,
      run: runIdOf(ACME, workflow, '/helpdesk', task),
      now: NOW,
      data: { task, source: '/helpdesk', upstreamType: 'refund.requested', upstreamTime: timestamp(NOW), subject: UPSTREAM, input, extensions: {}, contract: { id, version, hash: hashOfDocument(contract) } },
    }),
    'tasks',
    offset,
  );
};

/** Policy has seen the task of `ticket-1`. */
export const CONTEXT_OPENED = newEvent({
  service: 'policy',
  type: 'countersign.context.opened',
  tenant: ACME,
  workflow: REFUND_DESK,
  run: RUN,
  now: NOW,
  data: {
    subject: UPSTREAM,
    contract: { id: CONTRACT.id, version: CONTRACT.version, hash: hashOfDocument(CONTRACT) },
    taskEpoch: -1,
    deadline: timestamp((NOW + hours(300)) as typeof NOW),
    words: ['ch_1', '1200'],
    facts: [],
    untrusted: false,
    sensitive: false,
  },
});

/** Policy's state where the run of `ticket-1` is open and nothing else is. `taskEpoch`: newest control when its task was admitted; absent: none. */
export const openedRun = (taskEpoch = -1): DecisionState =>
  evolveDecisions(initialDecisions(), { ...CONTEXT_OPENED, data: but(CONTEXT_OPENED.data, { taskEpoch }) }, writtenAt(CONTEXT_OPENED, 'decisions', 0).cause);

/** What a grant of a tool sets aside, at `NOW`. */
export const reservationFor = (tool: ToolContract): Reservation => ({ microUsd: tool.cost, toolCalls: 1, writes: tool.effect === 'write' ? 1 : 0, records: tool.effect === 'write' ? 1 : 0, retries: tool.attempts - 1, wallClockMs: 0, ...UTC_PERIODS('UTC', NOW) });

/** What the planner proposes for a step of the run of `ticket-1`. */
export const proposalOf = (tool: ToolContract, id: string, args: JsonObject = { charge: 'ch_1', amount_cents: 1_200 }): ActionProposedV1 => {
  const action = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: id as StepId, tool: tool.id, toolContractHash: hashOfDocument(tool), args, destination: tool.connection, idempotencyKey: idempotencyKeyOf(ACME, RUN, id), dryRun: false };
  return { action, actionHash: actionHashOf(action), effect: tool.effect, after: [], agent: AGENT, subject: UPSTREAM, contractHash: hashOfDocument(CONTRACT), runDeadline: timestamp((NOW + hours(1)) as typeof NOW) };
};
