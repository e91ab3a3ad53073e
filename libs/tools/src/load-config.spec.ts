import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '@countersign/kernel';
import { readDocument } from './documents/read-document.js';
import { loadConfig } from './load-config.js';

const root = mkdtempSync(path.join(tmpdir(), 'config-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folderOf = (files: Readonly<Record<string, string>>): string => {
  const folder = path.join(root, String((folders += 1)));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
};

const RULES = `policies:
  - name: refund_requires_approval
    if: { tool: "payments.refund", amount_usd: "> 100" }
    then: { action: require_human_approval }
  - name: no_bulk_export
    if: { tool: "crm.export", rows: "> 1000" }
    then: { action: deny }
  - name: no_delete_in_v1
    if: { tool: "*.*delete*" }
    then: { action: deny }
`;

const TOOL = `id: payments.refund
version: 1
description: refunds a charge
effect: write
connection: payments
adapter: http
args: { type: object, additionalProperties: false, properties: { amount_cents: { type: integer } } }
result: { type: object, additionalProperties: false, properties: { id: { type: string } } }
request: { method: POST, path: /refunds, headers: { Idempotency-Key: "{idempotency_key}" }, body: { amount_cents: "{amount_cents}" } }
idempotency: { kind: key, memory: 24h }
timeout: 5s
cost_usd: 0.002
`;

const BOMB = `a: &a [${'x,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\npolicies: [${'*c,'.repeat(9)}]\n`;

describe('configuration files', () => {
  it('may hold the three rules of the policy guide as they stand', () => {
    const { files, documents, faults } = loadConfig(folderOf({ 'policies/refunds.yaml': RULES }));
    expect(faults).toEqual([]);
    expect(files).toMatchObject([{ kind: 'policy', id: 'refunds', version: 1, path: 'policies/refunds.yaml' }]);
    expect(files[0]?.hash).toBe(sha256(canonicalJson(files[0]?.body)));
    expect(documents.policies[0]?.document.policies.map(({ name, then }) => [name, then.action])).toEqual([
      ['refund_requires_approval', 'require_human_approval'],
      ['no_bulk_export', 'deny'],
      ['no_delete_in_v1', 'deny'],
    ]);
  });

  it('read a tool with units: milliseconds and micro-USD', () => {
    expect(loadConfig(folderOf({ 'tools/refund.yaml': TOOL })).documents.tools[0]?.document).toMatchObject({ id: 'payments.refund', timeout: 5_000, cost: 2_000, idempotency: { kind: 'key', memory: 86_400_000 }, attempts: 3 });
  });

  it('take the budget block of an agent contract as it stands', () => {
    const contract = {
      id: 'desk', version: 1, owner: 'ops', tenants: ['acme'], workflow: 'desk', accepts: ['x'], input: { type: 'object' }, tools: {}, playbook: 'p',
      max_total_cost_usd: 0.08,
      max_tool_calls: 12,
      budgets: { run: { rate_per_minute: 3, wall_clock: '10m' }, day: { steps: 500 }, month: { wall_clock: '8h' }, rate_per_minute: 30 },
      model_routing: { classifier: 'gpt-4o-mini', planner: 'claude-3.5-sonnet', executor: 'gpt-4.1' },
      fallbacks: { on_budget_exceeded: 'ask_user_to_confirm', on_tool_error_rate_gt: 0.05, action: 'degrade_to_read_only' },
    };
    expect(readDocument('contract', contract)).toMatchObject({ document: { budgets: { run: { usd: 80_000, toolCalls: 12, steps: 50, wallClock: 600_000, perMinute: 3 }, day: { steps: 500 }, month: { wallClock: 28_800_000 }, perMinute: 30 }, fallbacks: { onBudgetExceeded: 'ask_user_to_confirm', onToolErrorRateGt: 0.05, action: 'degrade_to_read_only' } } });
  });

  it('refuse a place of an agent contract that could be another one', () => {
    const contract = { id: 'desk', version: 1, owner: 'ops', tenants: ['acme'], workflow: 'desk', accepts: ['x'], input: { type: 'object' }, tools: {}, playbook: 'p', destinations: ['email:*@example.com', 'url:*.example.com/*', 'example.com'] };
    expect(readDocument('contract', contract)).toMatchObject({ faults: [{ pointer: '/destinations/1', message: expect.stringContaining('has no scheme') }, { pointer: '/destinations/2', message: expect.stringContaining('says no kind') }] });
  });

  it('name a mistyped key with file, line, column and the nearest known one', () => {
    const { faults } = loadConfig(folderOf({ 'policies/refunds.yaml': RULES.replace('then: { action: deny }', 'then: { action: deny, quorom: 2 }') }));
    expect(faults).toEqual([{ path: 'policies/refunds.yaml', line: 7, column: 27, message: '/policies/1/then/quorom: unknown key `quorom`, did you mean `quorum`?' }]);
  });

  it.each([
    ['YAML that is none', { 'policies/a.yaml': 'policies: [' }, 'policies/a.yaml', 1],
    ['a key that is there twice', { 'policies/a.yaml': 'policies: []\npolicies: []\n' }, 'policies/a.yaml', 2],
    ['a number that JSON does not know', { 'policies/a.yaml': 'policies: .nan\n' }, 'policies/a.yaml', 1],
    ['an alias of itself', { 'policies/a.yaml': 'policies: &all [*all]\n' }, 'policies/a.yaml', 1],
    ['aliases that grow without end', { 'policies/a.yaml': BOMB }, 'policies/a.yaml', 1],
    ['a merge of what is no map', { 'policies/a.yaml': 'policies: []\n<<: 3\n' }, 'policies/a.yaml', 1],
    ['a tag that nobody knows', { 'policies/a.yaml': 'policies: []\nid: !secret a\n' }, 'policies/a.yaml', 2],
    ['a key that is no text', { 'policies/a.yaml': 'policies: []\n? [a]\n: 1\n' }, 'policies/a.yaml', 2],
    ['a list where a map has to be', { 'policies/a.yaml': '- a\n' }, 'policies/a.yaml', 1],
    ['a file in no known folder', { 'rules/a.yaml': RULES }, 'rules/a.yaml', 1],
    ['a placeholder that no argument answers', { 'tools/a.yaml': TOOL.replace('"{amount_cents}"', '"{amount}"') }, 'tools/a.yaml', 9],
    ['a key that is not sent', { 'tools/a.yaml': TOOL.replace('headers: { Idempotency-Key: "{idempotency_key}" }, ', '') }, 'tools/a.yaml', 9],
    ['an open schema', { 'tools/a.yaml': TOOL.replace('args: { type: object, additionalProperties: false,', 'args: { type: object,') }, 'tools/a.yaml', 7],
    ['a schema that is none', { 'tools/a.yaml': TOOL.replace('type: integer', 'type: int') }, 'tools/a.yaml', 7],
    ['a brace that stands alone', { 'tools/a.yaml': TOOL.replace('"{amount_cents}"', '"{amount_cents"') }, 'tools/a.yaml', 9],
    ['an argument in the path that may be missing', { 'tools/a.yaml': TOOL.replace('/refunds', '"/refunds/{amount_cents}"') }, 'tools/a.yaml', 9],
    ['a header of the executor', { 'tools/a.yaml': TOOL.replace('headers: {', 'headers: { Authorization: mine,') }, 'tools/a.yaml', 9],
    ['an argument called like the action', { 'tools/a.yaml': TOOL.replace('properties: { amount', 'properties: { run: {}, amount') }, 'tools/a.yaml', 7],
    ['an attribute of no argument', { 'tools/a.yaml': `${TOOL}attributes: { amount_usd: { arg: /amount, unit: usd-cents } }\n` }, 'tools/a.yaml', 13],
    ['an amount that is no whole number', { 'tools/a.yaml': `${TOOL.replace('type: integer', 'type: number')}attributes: { amount_usd: { arg: /amount_cents, unit: usd-cents } }\n` }, 'tools/a.yaml', 13],
    ['an outside id that no result has', { 'tools/a.yaml': `${TOOL}outside_id: /refund\n` }, 'tools/a.yaml', 13],
    ['a look at what has no effect', { 'tools/a.yaml': `${TOOL.replace('effect: write', 'effect: read')}read_back: { request: { method: GET, path: / }, expect: {} }\n` }, 'tools/a.yaml', 13],
    ['a sum over pages', { 'tools/a.yaml': `${TOOL}read_back: { request: { method: GET, path: / }, find: { in: /a, where: {} }, pages: { parameter: page, at_most: 3 }, expect: {}, invariants: [{ of: /a, by: /b, at_most: 1 }] }\n` }, 'tools/a.yaml', 13],
    ['a window to undo by nothing', { 'tools/a.yaml': `${TOOL}undo_window: 1h\n` }, 'tools/a.yaml', 13],
    ['a window that is longer than anybody remembers', { 'tools/a.yaml': `${TOOL}compensation: { tool: a.b }\nundo_window: 8d\n` }, 'tools/a.yaml', 14],
    ['what undoes it by a result that cannot be there', { 'tools/a.yaml': `${TOOL}compensation: { tool: a.b, args: { a: { result: /gone } } }\n` }, 'tools/a.yaml', 13],
    ['an expectation of no argument', { 'tools/a.yaml': `${TOOL}read_back: { request: { method: GET, path: / }, expect: { /a: { equals: "{amount}" } } }\n` }, 'tools/a.yaml', 13],
    ['pages of what is no list', { 'tools/a.yaml': `${TOOL}read_back: { request: { method: GET, path: / }, pages: { parameter: page, at_most: 3 }, expect: {} }\n` }, 'tools/a.yaml', 13],
    ['pages by a parameter that is sent already', { 'tools/a.yaml': `${TOOL}read_back: { request: { method: GET, path: /, query: { page: "1" } }, find: { in: "", where: {} }, pages: { parameter: page, at_most: 3 }, expect: {} }\n` }, 'tools/a.yaml', 13],
    ['a body in a GET', { 'tools/a.yaml': TOOL.replace('method: POST', 'method: GET') }, 'tools/a.yaml', 9],
    ['a timeout that outlives a grant', { 'tools/a.yaml': TOOL.replace('timeout: 5s', 'timeout: 5m') }, 'tools/a.yaml', 11],
    ['a playbook of more steps than can be written at once', { 'playbooks/a.yaml': `id: a\nversion: 1\nsteps:\n${Array.from({ length: 101 }, (_, index) => `  - { id: s-${index}, tool: charges.get }\n`).join('')}` }, 'playbooks/a.yaml', 3],
    ['an integer that no JSON number holds', { 'policies/a.yaml': 'policies:\n  - name: a\n    if: { tool: "*.*", rows: [9007199254740993] }\n' }, 'policies/a.yaml', 3],
    ['a hexadecimal one', { 'policies/a.yaml': 'policies:\n  - name: a\n    if: { tool: "*.*", rows: [0x20000000000001] }\n' }, 'policies/a.yaml', 3],
    ['seven decimals of a dollar', { 'tools/a.yaml': TOOL.replace('0.002', '"0.0020001"') }, 'tools/a.yaml', 12],
    ['two files of one tool', { 'tools/a.yaml': TOOL, 'tools/b.yaml': TOOL }, 'tools/b.yaml', 1],
  ])('are refused with %s, by file and line', (_, files, file, line) => {
    expect(loadConfig(folderOf(files)).faults).toContainEqual(expect.objectContaining({ path: file, line }));
  });

  it.each([
    ['a file elsewhere', '/etc/hosts', 'a.yaml'],
    ['a device without end', '/dev/zero', 'a.yaml'],
    ['a file beside it', 'refunds.yaml', 'a.yaml'],
    ['nothing', 'nowhere.yaml', 'a.yaml'],
    ['the root folder', '/', 'more'],
  ])('are refused where one is a link to %s, and nothing of what it points at is read', (_, target, name) => {
    const folder = folderOf({ 'policies/refunds.yaml': RULES });
    symlinkSync(target, path.join(folder, 'policies', name));
    expect(loadConfig(folder).faults).toEqual([{ path: `policies/${name}`, line: 1, column: 1, message: 'is a link; only files that lie in the folder themselves are read' }]);
  });

  it('are not waited for where one is a pipe', () => {
    const folder = folderOf({ 'policies/refunds.yaml': RULES });
    execFileSync('mkfifo', [path.join(folder, 'policies/a.yaml')]);
    expect(loadConfig(folder).faults).toEqual([{ path: 'policies/a.yaml', line: 1, column: 1, message: 'is no regular file' }]);
  });

  it('may have 1 MiB each and not a byte more', () => {
    const ofSize = (size: number): string => `${RULES}#${'x'.repeat(size - RULES.length - 2)}\n`;
    expect(loadConfig(folderOf({ 'policies/a.yaml': ofSize(1_048_576) })).faults).toEqual([]);
    expect(loadConfig(folderOf({ 'policies/a.yaml': ofSize(1_048_577) })).faults).toEqual([{ path: 'policies/a.yaml', line: 1, column: 1, message: 'is larger than 1024 KiB' }]);
  });

  it('do not lie in the folder of tests, whose files are none of the configuration', () => {
    expect(loadConfig(folderOf({ 'policies/refunds.yaml': RULES, 'tests/refunds.yaml': 'cases: []\n' }))).toMatchObject({ files: [{ path: 'policies/refunds.yaml' }], faults: [] });
  });

  it('report every file that is wrong, not the first alone', () => {
    const { faults } = loadConfig(folderOf({ 'policies/a.yaml': 'policies: 1\n', 'tools/b.yaml': 'id: x\n' }));
    expect(new Set(faults.map(({ path: file }) => file))).toEqual(new Set(['policies/a.yaml', 'tools/b.yaml']));
  });

  it('put the key of whoever works here in place of `local`', () => {
    const key = 'A'.repeat(43);
    const approvers = 'people:\n  - { subject: "spiffe://countersign.local/human/ada", name: Ada, public_key: local, roles: [finance] }\n';
    expect(loadConfig(folderOf({ 'approvers/all.yaml': approvers }), { localPublicKey: key }).documents.approvers[0]?.document.people[0]?.publicKey).toBe(key);
    expect(loadConfig(folderOf({ 'approvers/all.yaml': approvers })).faults).toHaveLength(1);
  });

  it('name a folder that is not there', () => {
    expect(() => loadConfig(path.join(root, 'none'))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('a playbook', () => {
  const step = (more: object) => ({ id: 'p', version: 1, steps: [{ id: 'one', tool: 'a.b' }, { id: 'two', tool: 'a.b', ...more }] });

  it('is read with sources, conditions and dependencies', () => {
    const reading = readDocument('playbook', step({
      after: ['one'],
      when: { all: [{ of: { step: 'one', path: '/status' }, equals: 'paid' }, { not: { of: { task: '/amount' }, at_least: 5 } }] },
      args: { a: { task: '/x' }, b: { step: 'one', path: '/y' }, c: { value: null }, d: { template: 'of {task:/x} and {one:/y}' } },
    }));
    expect(reading).toMatchObject({
      document: {
        steps: [{ id: 'one', args: {} }, {
          after: ['one'],
          when: { all: [{ of: { from: 'step', step: 'one', pointer: '/status' }, test: { op: 'equals', value: 'paid' } }, { not: { test: { op: 'at-least', value: 5 } } }] },
          args: { a: { from: 'task', pointer: '/x' }, b: { from: 'step' }, c: { from: 'value', value: null }, d: { from: 'template' } },
        }],
      },
    });
  });

  it.each([
    ['waits for a step after it', { after: ['three'] }, '/steps/1/after/0'],
    ['uses the result of itself', { args: { a: { step: 'two', path: '/x' } } }, '/steps/1/args/a/step'],
    ['speaks of an unknown step in a template', { args: { a: { template: '{three:/x}' } } }, '/steps/1/args/a/template'],
    ['has a value from two places', { args: { a: { task: '/x', value: 1 } } }, '/steps/1/args/a'],
    ['has two tests in one condition', { when: { of: { task: '/x' }, equals: 1, less: 2 } }, '/steps/1/when'],
    ['has a test of nothing', { when: { equals: 1 } }, '/steps/1/when'],
    ['is there twice', { id: 'one' }, '/steps/1/id'],
  ])('is refused where a step %s', (_, more, pointer) => {
    expect(readDocument('playbook', step(more))).toMatchObject({ faults: [{ pointer }] });
  });
});
