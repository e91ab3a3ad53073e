import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { orderingKey, partitionOf } from '@countersign/contracts';

/** Who hands in the bench's tasks. */
export const TENANT = 'acme';
/** Name under which the executor knows the stub. */
export const CONNECTION = 'bench';
/** Carries the idempotency key to the stub and back. */
export const KEY_HEADER = 'Idempotency-Key';
export const KEY_QUERY = 'key';

/** One workflow for each partition, in their order, so that all of them have the same to do. */
export const workflowsFor = (partitions: number): readonly string[] => {
  const found = new Map<number, string>();
  for (let nth = 0; found.size < partitions; nth += 1) {
    const name = `bench-${nth}`;
    const partition = partitionOf(orderingKey(TENANT, name), partitions);
    if (!found.has(partition)) found.set(partition, name);
  }
  return Array.from({ length: partitions }, (_, partition) => found.get(partition) ?? '');
};

/** Type of the upstream events that are tasks of a workflow. */
export const typeOf = (workflow: string): string => `bench.${workflow}`;

/** The workflow of the tool that hangs, and how the stub knows a call of it. */
export const HANGING = 'hanging';
export const HANGING_PATH = '/hanging';

const contract = (workflow: string, tool = 'bench.write', playbook = 'bench'): string => `
id: ${workflow}
version: 1
owner: the bench
tenants: [${TENANT}]
workflow: ${workflow}
accepts: [${typeOf(workflow)}]
input:
  type: object
  additionalProperties: false
  required: [ticket, customer_id, amount_cents, reason]
  properties:
    ticket: { type: string, maxLength: 100 }
    customer_id: { type: string, maxLength: 64 }
    amount_cents: { type: integer, minimum: 1 }
    reason: { type: string, maxLength: 500 }
tools: { read: [], write: [${tool}] }
playbook: ${playbook}
max_total_cost_usd: 0.08
max_tool_calls: 12
max_steps: 10
timeouts: { run: 1h }
`;

const PLAYBOOK = `
id: bench
version: 1
description: one write that nobody has to approve
steps:
  - id: write
    tool: bench.write
    args: { customer_id: { task: /customer_id }, amount_cents: { task: /amount_cents }, reason: { task: /reason } }
`;

const TOOL = `
id: bench.write
version: 1
description: writes a line, in no time
effect: write
risk: [money]
connection: ${CONNECTION}
adapter: http
args:
  type: object
  additionalProperties: false
  required: [customer_id, amount_cents, reason]
  properties:
    customer_id: { type: string, maxLength: 64 }
    amount_cents: { type: integer, minimum: 1 }
    reason: { type: string, maxLength: 500 }
result:
  type: object
  additionalProperties: false
  required: [id]
  properties: { id: { type: string }, customer_id: { type: string }, amount_cents: { type: integer } }
request:
  method: POST
  path: "/customers/{customer_id}/lines"
  headers: { ${KEY_HEADER}: "{idempotency_key}" }
  body: { customer_id: "{customer_id}", amount_cents: "{amount_cents}", reason: "{reason}" }
pick: &line { id: /id, customer_id: /customer_id, amount_cents: /amount_cents }
outside_id: /id
idempotency: { kind: key, memory: 30d }
read_back:
  request: { method: GET, path: /lines, query: { ${KEY_QUERY}: "{idempotency_key}" } }
  find: { in: /lines, where: { /key: { equals: "{idempotency_key}" } } }
  expect: { /customer_id: { equals: "{customer_id}" }, /amount_cents: { equals: "{amount_cents}" } }
  pick: *line
timeout: 5s
attempts: 3
cost_usd: 0.002
attributes: { amount_usd: { arg: /amount_cents, unit: usd-cents } }
`;

/** What each call of it waits for takes nearly as long as a call may: its bulkhead is full all the time, and its breaker stays closed. */
const HANGING_TOOL = TOOL.replace('id: bench.write', 'id: bench.hang').replace('"/customers/{customer_id}/lines"', HANGING_PATH).replace(/^read_back:[^]*?(?=^timeout:)/m, '');
const HANGING_PLAYBOOK = PLAYBOOK.replace('id: bench\n', `id: ${HANGING}\n`).replace('tool: bench.write', 'tool: bench.hang');

const POLICY = `
policies:
  - name: large_write_requires_approval
    if: { tool: "bench.write", amount_usd: "> 100" }
    then: { action: require_human_approval }
  - name: no_delete
    if: { tool: "*.*delete*" }
    then: { action: deny }
`;

/** The stack's own person may vote; nobody has to. */
const APPROVERS = `
id: approvers
version: 1
people:
  - { subject: "spiffe://countersign.local/human/approver", name: Local approver, public_key: local, roles: [finance] }
`;

/** Writes the configuration that the bench runs on into a folder, as `config apply` takes it. */
export const writeConfig = (folder: string, workflows: readonly string[]): void => {
  const files: Readonly<Record<string, string>> = {
    'playbooks/bench.yaml': PLAYBOOK,
    'tools/bench.write.yaml': TOOL,
    'playbooks/hanging.yaml': HANGING_PLAYBOOK,
    'tools/bench.hang.yaml': HANGING_TOOL,
    [`contracts/${HANGING}.yaml`]: contract(HANGING, 'bench.hang', HANGING),
    'policies/bench.yaml': POLICY,
    'approvers/approvers.yaml': APPROVERS,
    ...Object.fromEntries(workflows.map((workflow) => [`contracts/${workflow}.yaml`, contract(workflow)])),
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.trimStart());
  }
};
