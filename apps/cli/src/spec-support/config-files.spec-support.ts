import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GRACE } from './ledger-fixtures.spec-support.js';

export const TOOL = `id: payments.refund
version: 1
description: refunds a part of a charge
effect: write
connection: payments
adapter: http
args:
  type: object
  additionalProperties: false
  required: [charge_id, amount_cents]
  properties: { charge_id: { type: string }, amount_cents: { type: integer, minimum: 1 } }
result: { type: object, additionalProperties: false, properties: { refund_id: { type: string } } }
request: { method: POST, path: "/refunds", headers: { Idempotency-Key: "{idempotency_key}" }, body: { charge: "{charge_id}", amount: "{amount_cents}" } }
idempotency: { kind: key, memory: 30d }
timeout: 5s
cost_usd: 0.002
attributes: { amount_usd: { arg: /amount_cents, unit: usd-cents } }
`;
export const PLAYBOOK = `id: refund
version: 1
steps:
  - { id: refund, tool: payments.refund, args: { charge_id: { task: /charge_id }, amount_cents: { task: /amount_cents } } }
`;
export const CONTRACT = `id: refund-desk
version: 1
owner: finance
tenants: [acme]
workflow: refund-desk
accepts: [refund.requested]
input: { type: object, additionalProperties: false, required: [charge_id, amount_cents], properties: { charge_id: { type: string }, amount_cents: { type: integer } } }
tools: { read: [], write: [payments.refund] }
playbook: refund
max_total_cost_usd: 0.08
max_steps: 5
timeouts: { run: 1h }
`;
const APPROVERS = `id: approvers
version: 1
people: [{ subject: "${GRACE}", name: Grace, public_key: local, roles: [finance] }]
`;
/** Refunds above so many dollars need a person. */
export const policy = (limit: number): string => `policies:
  - name: refund_requires_approval
    if: { tool: "payments.refund", amount_usd: "> ${limit}" }
    then: { action: require_human_approval }
`;

export const writeFile = (folder: string, path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

/** A small configuration: one contract with one playbook of one tool, one rule, one approver. */
export const writeConfig = (folder: string, name = 'config'): void => {
  writeFile(folder, `${name}/tools/payments.refund.yaml`, TOOL);
  writeFile(folder, `${name}/playbooks/refund.yaml`, PLAYBOOK);
  writeFile(folder, `${name}/contracts/refund-desk.yaml`, CONTRACT);
  writeFile(folder, `${name}/approvers/approvers.yaml`, APPROVERS);
  writeFile(folder, `${name}/policies/refund-desk.yaml`, policy(100));
};
