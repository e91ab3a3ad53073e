import type { Sha256 } from '@countersign/kernel';
import { actionHashOf, type Action } from '@countersign/contracts';
import type { Instant, JsonObject, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';
import picocolors from 'picocolors';
import type { ActionView, ApprovalView, EventView, ListedRun, RunView, Waiting, Why } from '../ledger/shapes.js';
import type { View } from '../terminal/view.js';

/** The moment at which every screen of the specs is looked at. */
export const NOW = Date.parse('2026-01-02T03:04:05.000Z') as Instant;
const HASH = '3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b3b' as Sha256;

export const viewOf = (width?: number): View => ({ colors: picocolors.createColors(false), width, now: NOW, command: (args) => `countersign ${args}` });

export const RUN = 'run-AbCdEfGhIjKlMnOpQrStUv' as RunId;
export const APPROVAL = 'DdEeFfGgHhIiJjKkLlMmNn';
const AGENT = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk';
const UPSTREAM = 'spiffe://countersign.local/tenant/acme/upstream';
export const ADA = 'spiffe://countersign.local/human/ada';

export const action = (args: JsonObject = { charge_id: 'ch_5005', amount_cents: 124_900, reason: 'laptop returned with a dead screen' }): Action => ({
  tenant: 'acme' as Tenant,
  workflow: 'refund-desk' as Workflow,
  run: RUN,
  step: 'refund' as StepId,
  tool: 'payments.refund',
  toolContractHash: HASH,
  args,
  destination: 'payments',
  idempotencyKey: 'BBBBBBBBBBBBBBBBBBBBBB',
  dryRun: false,
});

export const approval = (change: Partial<ApprovalView> = {}, asked = action()): ApprovalView => ({
  approval: APPROVAL,
  tenant: 'acme',
  workflow: 'refund-desk',
  run: RUN,
  step: 'refund',
  status: 'open',
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  actionHash: actionHashOf(asked),
  requestedAt: '2026-01-02T03:00:05.000Z',
  deadline: '2026-01-02T07:00:05.000Z',
  decidedAt: null,
  decidedBy: null,
  reason: null,
  votes: [],
  request: { action: asked, reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }], sub: UPSTREAM, act: AGENT },
  ...change,
});

export const waiting: Waiting = {
  step: 'refund',
  for: 'people',
  message: 'one of finance to approve',
  since: '2026-01-02T03:00:05.000Z',
  approval: APPROVAL,
  roles: ['finance'],
  people: [ADA],
  expires: { at: '2026-01-02T07:00:05.000Z', means: 'the approval expires and the action is not done' },
};

export const actionView = (change: Partial<ActionView> = {}): ActionView => ({
  step: 'charge',
  tool: 'charges.get',
  effect: 'read',
  destination: 'payments',
  status: 'succeeded',
  reasons: [],
  actionHash: HASH,
  inputHash: HASH,
  approval: null,
  attempts: 1,
  latencyMs: 12,
  outsideId: null,
  usedMicroUsd: 500,
  code: null,
  proposedAt: '2026-01-02T03:00:04.000Z',
  decidedAt: '2026-01-02T03:00:04.010Z',
  executedAt: '2026-01-02T03:00:04.030Z',
  observedAt: '2026-01-02T03:00:04.040Z',
  ...change,
});

const summary = {
  run: RUN,
  tenant: 'acme',
  workflow: 'refund-desk',
  task: 'HD-20452-refund-1',
  source: '/helpdesk/tickets',
  agent: AGENT,
  subject: UPSTREAM,
  status: 'open',
  outcome: null,
  reason: null,
  submittedAt: '2026-01-02T03:00:03.900Z',
  openedAt: '2026-01-02T03:00:04.000Z',
  closedAt: null,
  deadline: '2026-01-03T03:00:04.000Z',
  contract: { id: 'refund-desk', version: 1, hash: HASH },
  playbook: { id: 'refund-desk', version: 1, hash: HASH },
  cost: { promptTokens: 0, completionTokens: 0, microUsd: 500 },
} as const;

export const listed = (change: Partial<ListedRun> = {}): ListedRun => ({ ...summary, steps: 2, waiting: [waiting], ...change });

const event = (type: string, topic: string, offset: number, step: string | null): EventView => ({
  topic,
  partition: 1,
  offset,
  id: 'EEEEEEEEEEEEEEEEEEEEEE',
  type,
  step,
  time: '2026-01-02T03:00:04.000Z',
  recordedAt: '2026-01-02T03:00:04.003Z',
  sha256: HASH,
});

export const run = (change: Partial<RunView> = {}): RunView => ({
  ...summary,
  actions: [actionView(), actionView({ step: 'refund', tool: 'payments.refund', effect: 'write', status: 'asked', latencyMs: null, attempts: 0, approval: APPROVAL, reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }] })],
  approvals: [approval()],
  timeline: [event('countersign.task.submitted', 'tasks', 3, null), event('countersign.run.started', 'proposals', 7, null), event('countersign.action.proposed', 'proposals', 8, 'charge')],
  ...change,
});

export const why = (change: Partial<Why> = {}): Why => ({
  run: RUN,
  status: 'open',
  outcome: null,
  reason: null,
  waiting: [waiting],
  next: { step: 'refund', at: '2026-01-02T07:00:05.000Z', means: 'the approval expires and the action is not done' },
  ...change,
});
