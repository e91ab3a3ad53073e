import { canonicalJson, idempotencyKeyOf, runIdOf, sha256, type KeyId, type MicroUsd, type Principal, type Sha256, type StepId, type Tenant, type Workflow } from '@countersign/kernel';
import { actionHashOf } from '../action-hash.js';
import { previewHashOf } from '../preview-hash.js';
import type { Action } from './action.js';
import type { ConfigFile } from './config-file.js';
import type { ConfigRef, Cost, SideEffect } from './parts.js';
import type { Preview } from './preview.js';

/** The run that every sample is about: a ticket of ACME's help desk asks for a refund of 12 dollars. */

const TASK = { task: 'ticket-1042', source: '/helpdesk/tickets' };
const TENANT = 'acme' as Tenant;
const STEP = 'refund' as StepId;
const WORKFLOW = 'refund-desk' as Workflow;
const RUN = runIdOf(TENANT, WORKFLOW, TASK.source, TASK.task);
const FILE_HASH = '3b'.repeat(32) as Sha256;
const CONTRACT: ConfigRef = { id: 'refund-desk', version: 1, hash: FILE_HASH };

const ACTION: Action = {
  tenant: TENANT,
  workflow: WORKFLOW,
  run: RUN,
  step: STEP,
  tool: 'payments.refund',
  toolContractHash: FILE_HASH,
  args: { charge: 'ch_1', amount_cents: 1200 },
  destination: 'payments',
  idempotencyKey: idempotencyKeyOf(TENANT, RUN, STEP),
  dryRun: false,
};

const COST: Cost = { promptTokens: 0, completionTokens: 0, microUsd: 0 as MicroUsd };
const USED = { microUsd: 2_000 as MicroUsd, toolCalls: 1, writes: 1, records: 1, retries: 0 };
const RESERVATION = { ...USED, retries: 2, wallClockMs: 3_600_000, day: '2026-01-02', month: '2026-01' };
const SIDE_EFFECT: SideEffect = { step: STEP, tool: ACTION.tool, outsideId: 're_1', state: 'verified' };

const SHOWN: Pick<Preview, 'kind' | 'changes'> = { kind: 'dry-run', changes: [{ field: 'refunded', now: 0, after: 1200, unit: 'usd-cents' }] };
const PREVIEW: Preview = { ...SHOWN, hash: previewHashOf(SHOWN) };

export const SAMPLE = {
  task: TASK,
  run: RUN,
  step: STEP,
  fileHash: FILE_HASH,
  contract: CONTRACT,
  input: ACTION.args,
  action: ACTION,
  actionHash: actionHashOf(ACTION),
  agent: 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk' as Principal,
  upstream: 'spiffe://countersign.local/tenant/acme/upstream' as Principal,
  person: 'spiffe://countersign.local/human/ada' as Principal,
  admin: 'spiffe://countersign.local/human/root' as Principal,
  colleague: 'spiffe://countersign.local/human/grace' as Principal,
  /** Policy's key: the second test key of RFC 8032. */
  key: '39f713d0a644253f' as KeyId,
  publicKey: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
  jti: 'CCCCCCCCCCCCCCCCCCCCCC',
  approval: 'DDDDDDDDDDDDDDDDDDDDDD',
  delegation: 'FFFFFFFFFFFFFFFFFFFFFF',
  consent: 'GGGGGGGGGGGGGGGGGGGGGG',
  cost: COST,
  used: USED,
  reservation: RESERVATION,
  sideEffect: SIDE_EFFECT,
  preview: PREVIEW,
};

/** A configuration file as a control, its hash included. */
export const sampleFile = (id: string): ConfigFile => {
  const body = { id };
  return { id, version: 1, hash: sha256(canonicalJson(body)), path: `${id}.yaml`, body };
};
