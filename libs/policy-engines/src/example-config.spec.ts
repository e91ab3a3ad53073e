import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sha256 } from '@countersign/kernel';
import { essence, requestOf, type Call } from '@countersign/testing';
import { loadConfig, type LoadedConfig } from '@countersign/tools';
import { afterEach, describe, expect, it } from 'vitest';
import { CedarEngine } from './cedar/cedar-engine.js';
import { compilePolicySet, type Compilation } from './compile/compile-policy-set.js';

const CONFIG = path.resolve(import.meta.dirname, '../../../config');
const RULES = 'policies/refund-desk.yaml';

const compile = ({ documents: { policies, contracts, tools } }: LoadedConfig): Compilation => compilePolicySet({ hash: sha256('example'), policies, contracts, tools });

const decide = (call: Call): unknown => {
  const config = loadConfig(CONFIG);
  const compiled = compile(config);
  if (!compiled.ok) throw new Error('the example does not compile');
  return essence(new CedarEngine().prepare(compiled.set).decide(requestOf(call, config.documents.tools.map(({ document }) => document))));
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the example configuration', () => {
  it('compiles without a fault', () => {
    const compiled = compile(loadConfig(CONFIG));
    expect(compiled.ok && [...compiled.set.slices.keys()]).toContain('payments.refund');
  });

  it.each([
    ['a small refund', { tool: 'payments.refund', args: { charge: 'ch_1', amount_cents: 10_000 } }, { allow: ['contract.refund-desk'] }],
    ['a large refund', { tool: 'payments.refund', args: { charge: 'ch_1', amount_cents: 10_001 } }, { ask: ['refund_requires_approval rule.asks'], tier: 2, quorum: 1, roles: [], within: 86_400_000 }],
    ['a large refund that a person approved', { tool: 'payments.refund', args: { charge: 'ch_1', amount_cents: 10_001 }, votes: { ada: ['finance'] } }, { allow: ['contract.refund-desk'] }],
    ['a bulk export', { tool: 'crm.export', args: { rows: 1_001 }, context: { asked_rows: 1_001 } }, { deny: ['no_bulk_export rule.forbids'] }],
    ['a tool of another workflow', { tool: 'github.labels.add' }, { deny: ['contract.refund-desk tool.not-permitted'] }],
  ] satisfies readonly (readonly [string, Call, unknown])[])('decides %s', (_, call, expected) => {
    expect(decide(call)).toEqual(expected);
  });

  it('has a line and a column for each fault of a rule', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'countersign-rules-'));
    folders.push(folder);
    cpSync(CONFIG, folder, { recursive: true });
    const text = readFileSync(path.join(CONFIG, RULES), 'utf8');
    writeFileSync(path.join(folder, RULES), text.replace('amount_usd:', 'amout_usd:'));
    const config = loadConfig(folder);
    const compiled = compile(config);
    const located = compiled.ok ? [] : compiled.faults.map(({ kind, id, pointer, message }) => ({ ...config.files.find((file) => file.kind === kind && file.id === id)?.locate(pointer), message }));
    const before = text.slice(0, text.indexOf('amount_usd:')).split('\n');
    expect(located).toEqual([{ line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: 'unknown key `amout_usd`, did you mean `amount_usd`?' }]);
  });
});
