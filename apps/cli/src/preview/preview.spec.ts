import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policySetOf } from '@countersign/domain';
import type { JsonObject } from '@countersign/kernel';
import { compilePolicySet } from '@countersign/policy-engines';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFiles } from '../config/load-files.js';
import { EXIT } from '../exit-codes.js';
import { writeConfig, writeFile } from '../spec-support/config-files.spec-support.js';
import { GRACE, NOW, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { askDoor } from './door.js';
import { controlsFrom } from './local-controls.js';
import { playbookOf, previewSteps, type StepPreview } from './preview.js';
import { previewExitCode, previewText, refusedText, stepObject } from './preview-text.js';

const CHARGES = `id: charges.get
version: 1
description: looks a charge up
effect: read
connection: payments
adapter: http
args: { type: object, additionalProperties: false, required: [charge_id], properties: { charge_id: { type: string } } }
result: { type: object, additionalProperties: false, required: [refundable_cents], properties: { refundable_cents: { type: integer } } }
request: { method: GET, path: "/charges/{charge_id}" }
idempotency: { kind: natural }
timeout: 5s
cost_usd: 0.0005
`;
const EXPORT = `id: crm.export
version: 1
description: exports customers
effect: write
risk: [export]
connection: crm
adapter: http
args: { type: object, additionalProperties: false, required: [rows], properties: { rows: { type: integer, minimum: 1 } } }
result: { type: object, additionalProperties: false, properties: {} }
request: { method: POST, path: "/export" }
idempotency: { kind: none }
timeout: 30s
attempts: 1
cost_usd: 0.01
attributes: { rows: { arg: /rows, unit: count } }
`;
const PLAYBOOK = `id: refund
version: 1
steps:
  - { id: charge, tool: charges.get, args: { charge_id: { task: /charge_id } } }
  - { id: export, tool: crm.export, after: [], when: { of: { task: /rows }, exists: true }, args: { rows: { task: /rows } } }
  - { id: refund, tool: payments.refund, after: [charge], when: { of: { task: /amount_cents }, exists: true }, args: { charge_id: { task: /charge_id }, amount_cents: { task: /amount_cents } } }
  - { id: rest, tool: payments.refund, after: [charge], when: { of: { task: /all }, equals: true }, args: { charge_id: { task: /charge_id }, amount_cents: { step: charge, path: /refundable_cents } } }
  - { id: late, tool: payments.refund, after: [export], when: { of: { task: /rows }, exists: true }, args: { charge_id: { task: /charge_id }, amount_cents: { value: 1 } } }
`;
const CONTRACT = `id: refund-desk
version: 1
owner: finance
tenants: [acme]
workflow: refund-desk
accepts: [refund.requested]
input: { type: object, required: [charge_id], properties: { charge_id: { type: string }, amount_cents: {}, all: { type: boolean }, rows: { type: integer } } }
tools: { read: [charges.get], write: [payments.refund, crm.export] }
playbook: refund
max_total_cost_usd: 0.08
max_tool_calls: 12
max_steps: 5
timeouts: { run: 1h }
`;
const POLICY = `policies:
  - { name: refund_requires_approval, if: { tool: "payments.refund", amount_usd: "> 100" }, then: { action: require_human_approval, roles: [finance] } }
  - { name: no_bulk_export, if: { tool: "crm.export", rows: "> 1000" }, then: { action: deny } }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-preview-'));
  writeConfig(folder);
  for (const [path, text] of [['tools/charges.get', CHARGES], ['tools/crm.export', EXPORT], ['playbooks/refund', PLAYBOOK], ['contracts/refund-desk', CONTRACT], ['policies/refund-desk', POLICY]] as const) writeFile(folder, `config/${path}.yaml`, text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = 'A'.repeat(43);
const controlsOf = () => {
  const loaded = checkFiles(join(folder, 'config'), KEY);
  expect(loaded.faults).toEqual([]);
  return controlsFrom(loaded, NOW);
};
const event = (data: JsonObject, change: JsonObject = {}): JsonObject => ({ specversion: '1.0', id: 'HD-1', source: '/helpdesk', type: 'refund.requested', workflow: 'refund-desk', data, ...change });

const preview = (data: JsonObject) => {
  const controls = controlsOf();
  const door = askDoor(event(data), 'acme', controls, NOW);
  const compilation = compilePolicySet(policySetOf(controls));
  if (!door.admitted || !compilation.ok) throw new Error('the fixture is broken');
  const playbook = playbookOf(door.contract, controls);
  if (!playbook) throw new Error('the fixture is broken');
  const agent = 'spiffe://countersign.local/tenant/acme/workflow/refund-desk/agent/refund-desk';
  const steps = previewSteps({ tenant: 'acme', contract: door.contract, playbook, input: door.input, controls, now: NOW, set: compilation.set, agent, subject: 'spiffe://countersign.local/tenant/acme/upstream' });
  return { steps, text: previewText('HD-1', door.contract, steps, viewOf(100)) };
};
const fateOf = (steps: readonly StepPreview[], step: string): StepPreview['fate'] | undefined => steps.find((each) => each.step === step)?.fate;

describe('a preview', () => {
  it('shows the plan, the verdict on each step, who would have to approve, and what it costs', () => {
    const { steps, text } = preview({ charge_id: 'ch_1', amount_cents: 124_900 });
    expect(text).toMatchInlineSnapshot(`
      "HD-1 would be a run of refund-desk, contract refund-desk v1, playbook refund

      charge  charges.get (read)
        allowed
          charge_id  "ch_1"

      export  crm.export (write)
        skipped, its condition does not hold

      refund  payments.refund (write), after charge
        asks people: 1 of finance within 1d (grace)
        refund_requires_approval: amount_usd is above 100.00
          charge_id     "ch_1"
          amount_cents  124900

      rest  payments.refund (write), after charge
        skipped, its condition does not hold

      late  payments.refund (write), after export
        skipped, its condition does not hold

      cost   at most $0.0025 of $0.08
      calls  at most 2 of 12"
    `);
    expect(previewExitCode(steps)).toBe(EXIT.pending);
  });

  it('lets what nobody objects to go through', () => {
    const { steps } = preview({ charge_id: 'ch_1', amount_cents: 1_850 });
    expect(fateOf(steps, 'refund')).toMatchObject({ kind: 'verdict', verdict: { effect: 'allow' } });
    expect(previewExitCode(steps)).toBe(EXIT.ok);
  });

  it('cannot tell what a step has to bring first, and guesses nothing', () => {
    const { steps, text } = preview({ charge_id: 'ch_1', all: true });
    expect(fateOf(steps, 'rest')).toEqual({ kind: 'verdict', verdict: { effect: 'open', attributes: ['amount_usd'], atLeast: 'allow' } });
    expect(text).toContain('cannot tell yet: depends on amount_usd');
    expect(text).toContain('amount_cents  known after charge');
    expect(previewExitCode(steps)).toBe(EXIT.ok);
  });

  it('shows a denial with its rule, and what it keeps from being reached', () => {
    const { steps, text } = preview({ charge_id: 'ch_1', rows: 5_000 });
    expect(fateOf(steps, 'export')).toMatchObject({ kind: 'verdict', verdict: { effect: 'deny' } });
    expect(fateOf(steps, 'late')).toEqual({ kind: 'not-reached', because: 'export' });
    expect(text).toContain('no_bulk_export: ');
    expect(previewExitCode(steps)).toBe(EXIT.deniedByPolicy);
  });

  it('names the place of an argument that breaks the schema of its tool', () => {
    const { steps } = preview({ charge_id: 'ch_1', amount_cents: '18.50' });
    expect(fateOf(steps, 'refund')).toMatchObject({ kind: 'invalid', code: 'args.invalid', faults: [{ pointer: '/amount_cents' }] });
    expect(previewExitCode(steps)).toBe(EXIT.error);
  });

  it('is told to programs with what is known of each argument', () => {
    const { steps } = preview({ charge_id: 'ch_1', all: true });
    expect(steps.map(stepObject).at(3)).toMatchObject({ step: 'rest', args: { charge_id: { value: 'ch_1' }, amount_cents: { knownAfter: ['charge'] } }, costMicroUsd: 2_000 });
  });

  it('names the people who could answer', () => {
    const { steps } = preview({ charge_id: 'ch_1', amount_cents: 124_900 });
    expect(steps.find(({ step }) => step === 'refund')?.people).toEqual([{ subject: GRACE, name: 'Grace' }]);
  });
});

describe('the door of a preview', () => {
  it.each([
    [event({}, { id: '' }), 'event.not-cloudevent', '/id'],
    [event({}, { specversion: '0.3' }), 'event.not-cloudevent', '/specversion'],
    [event({}, { type: 'refund.deleted' }), 'workflow.unknown', undefined],
    [event({}, { time: '2026-01-01T03:04:04Z' }), 'task.too-old', '/time'],
    [event({}, { time: 'yesterday' }), 'event.not-cloudevent', '/time'],
    [event({ charge_id: 7 }), 'input.invalid', '/data/charge_id'],
  ])('refuses as the gateway does: %j', (given, code, pointer) => {
    const verdict = askDoor(given, 'acme', controlsOf(), NOW);
    if (verdict.admitted) throw new Error('it was admitted');
    expect(verdict.code).toBe(code);
    expect(verdict.faults[0]?.pointer).toBe(pointer);
    expect(refusedText('HD-1', verdict, viewOf())).toContain(`HD-1 would be refused at the door, ${code}`);
  });

  it('finds the contract by the type where no workflow is named', () => {
    const { workflow: _workflow, ...bare } = event({ charge_id: 'ch_1' });
    expect(askDoor(bare, 'acme', controlsOf(), NOW).admitted).toBe(true);
    expect(askDoor(bare, 'globex', controlsOf(), NOW)).toMatchObject({ code: 'workflow.unknown' });
  });
});
