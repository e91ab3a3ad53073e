import type { Sha256 } from '@countersign/kernel';
import { actionHashOf, type Action } from '@countersign/contracts';
import type { Instant, JsonObject, RunId, StepId, Tenant, Workflow } from '@countersign/kernel';
import picocolors from 'picocolors';
import type { ActionView, ApprovalView, EventView, RunSummary, RunView, Wait, Why } from '../ledger/shapes.js';
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
export const GRACE = 'spiffe://countersign.local/human/grace';
const ROOT = 'spiffe://countersign.local/human/root';

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
  id: APPROVAL,
  tenant: 'acme',
  workflow: 'refund-desk',
  run: RUN,
  step: 'refund',
  tool: asked.tool,
  status: 'pending',
  tier: 2,
  quorum: 1,
  roles: ['finance'],
  actionHash: actionHashOf(asked),
  requestedAt: '2026-01-02T03:00:05.000Z',
  deadline: '2026-01-02T07:00:05.000Z',
  votes: [],
  action: asked,
  reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }],
  sub: UPSTREAM,
  act: AGENT,
  authors: [ROOT],
  rules: ['refund_requires_approval'],
  people: [GRACE],
  ...change,
});

export const waiting: Wait = {
  step: 'refund',
  for: 'people',
  tool: 'payments.refund',
  message: 'somebody of finance to approve',
  since: '2026-01-02T03:00:05.000Z',
  approval: APPROVAL,
  roles: ['finance'],
  people: [ADA],
  quorum: 1,
  votes: 0,
  until: '2026-01-02T07:00:05.000Z',
};

export const actionView = (change: Partial<ActionView> = {}): ActionView => ({
  step: 'charge',
  tool: 'charges.get',
  effect: 'read',
  destination: 'payments',
  status: 'succeeded',
  reasons: [],
  actionHash: HASH,
  argsHash: HASH,
  ended: true,
  attempts: 1,
  latencyMs: 12,
  usedMicroUsd: 500,
  proposedAt: '2026-01-02T03:00:04.000Z',
  decidedAt: '2026-01-02T03:00:04.010Z',
  executedAt: '2026-01-02T03:00:04.030Z',
  observedAt: '2026-01-02T03:00:04.040Z',
  ...change,
});

const summary = {
  id: RUN,
  tenant: 'acme',
  workflow: 'refund-desk',
  task: 'HD-20452-refund-1',
  source: '/helpdesk/tickets',
  status: 'waiting',
  submittedAt: '2026-01-02T03:00:03.900Z',
  openedAt: '2026-01-02T03:00:04.000Z',
  deadline: '2026-01-03T03:00:04.000Z',
  waitingOn: APPROVAL,
  cost: { promptTokens: 0, completionTokens: 0, microUsd: 500 },
} as const;

/** Without what the change sets to `undefined`. */
const changed = <Shape extends object>(shape: Shape, change: Change<Shape>): Shape =>
  Object.fromEntries(Object.entries({ ...shape, ...change }).filter(([, value]) => value !== undefined)) as Shape;

type Change<Shape> = { readonly [Key in keyof Shape]?: Shape[Key] | undefined };

export const listed = (change: Change<RunSummary> = {}): RunSummary => changed<RunSummary>(summary, change);

const event = (type: string, topic: string, offset: number, step?: string): EventView => ({
  topic,
  partition: 1,
  offset,
  recordedAt: '2026-01-02T03:00:04.003Z',
  sha256: HASH,
  event: { id: 'EEEEEEEEEEEEEEEEEEEEEE', type, time: '2026-01-02T03:00:04.000Z', ...(step === undefined ? {} : { step }) },
});

export const timeline: readonly EventView[] = [event('countersign.task.submitted', 'tasks', 3), event('countersign.run.started', 'proposals', 7), event('countersign.action.proposed', 'proposals', 8, 'charge')];

const ASKED = actionView({ step: 'refund', tool: 'payments.refund', effect: 'write', status: 'asked', ended: false, attempts: 0, approval: APPROVAL, reasons: [{ rule: 'refund_requires_approval', code: 'rule.asks', message: 'amount_usd is above 100' }] });

export const run = (change: Change<RunView> = {}): RunView =>
  changed<RunView>(
    {
      ...summary,
      agent: AGENT,
      subject: UPSTREAM,
      contract: { id: 'refund-desk', version: 1, hash: HASH },
      playbook: { id: 'refund-desk', version: 1, hash: HASH },
      actions: [actionView(), changed<typeof ASKED>(ASKED, { latencyMs: undefined })],
      approvals: [approval()],
      escalations: [],
      undoings: [],
    },
    change,
  );

export const why = (change: Change<Why> = {}): Why =>
  changed<Why>({ run: listed(), waits: [waiting], expiresNext: { what: 'approval', at: '2026-01-02T07:00:05.000Z', then: 'the approval expires and the action is not done' } }, change);
