import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-codes.js';
import { writeConfig } from '../spec-support/config-files.spec-support.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { evalCalls } from './eval.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-eval-'));
  writeConfig(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const call = (id: string | number, amount: number): string =>
  JSON.stringify({ id, tenant: 'acme', workflow: 'refund-desk', task: { charge_id: 'ch_1', amount_cents: amount }, history: [], tool: 'payments.refund', args: { charge_id: 'ch_1', amount_cents: amount } });

const evaluate = async (lines: readonly string[], json = true) => {
  writeFileSync(join(folder, 'calls.jsonl'), lines.join('\n'));
  const { context, out, err } = contextIn(folder, { json });
  const code = await evalCalls(context, { args: [], options: { calls: 'calls.jsonl', config: 'config' } });
  return { code, out: out(), err: err() };
};

describe('policy eval', () => {
  it('answers one line for each, in order, with what decided', async () => {
    const { code, out } = await evaluate([call('small', 100), call(2, 20_000)]);
    expect(code).toBe(EXIT.ok);
    const answers = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers.map(({ id, verdict, tier }) => ({ id, verdict, tier }))).toEqual([
      { id: 'small', verdict: 'allow', tier: 0 },
      { id: 2, verdict: 'ask', tier: 2 },
    ]);
    expect(answers.map((answer) => Object.keys(answer))).toEqual([
      ['id', 'verdict', 'tier', 'reasons', 'ms'],
      ['id', 'verdict', 'tier', 'reasons', 'ms'],
    ]);
  });

  it('names a line that cannot be read, goes on, and exits 1', async () => {
    const { code, out } = await evaluate(['nonsense', JSON.stringify({ id: 'x' }), '', call('last', 100)]);
    expect(code).toBe(EXIT.error);
    expect(out.trim().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
      { id: null, error: 'line 1: is no JSON' },
      { id: 'x', error: 'line 2: `tenant` must be the name of a tenant' },
      expect.objectContaining({ id: 'last', verdict: 'allow' }),
    ]);
  });

  it('is a table for people, and counts', async () => {
    const { out, err } = await evaluate([call('small', 100), 'nonsense'], false);
    expect(out).toMatch(/^allow {2}small +\S/);
    expect(err).toContain('1 allowed, 0 asked about, 0 denied, 1 not readable');
  });

  it('says where there is no such file', async () => {
    const { context } = contextIn(folder, { json: true });
    await expect(evalCalls(context, { args: [], options: { calls: 'none.jsonl', config: 'config' } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
