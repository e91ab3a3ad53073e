import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../exit-codes.js';
import { CONTRACT, policy, TOOL, writeConfig, writeFile } from '../../spec-support/config-files.spec-support.js';
import { contextIn } from '../../spec-support/context.spec-support.js';
import { diffPolicies } from './diff.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-policy-diff-'));
  for (const name of ['old', 'stricter', 'milder', 'other', 'draft']) writeConfig(folder, name);
  writeFile(folder, 'stricter/policies/refund-desk.yaml', policy(50));
  writeFile(folder, 'milder/policies/refund-desk.yaml', policy(200));
  writeFile(folder, 'other/policies/refund-desk.yaml', `${policy(100)}  - name: nothing_large\n    if: { tool: "payments.refund", amount_usd: "> 1000" }\n    then: { action: deny }\n`);
  writeFile(folder, 'draft/contracts/refund-desk.yaml', `${CONTRACT}stage: draft\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const diff = async (args: readonly string[], options: { readonly calls?: string; readonly failOn?: 'any' | 'newly-allowed' } = {}, json = false) => {
  const { context, out, err } = contextIn(folder, { json });
  const code = await diffPolicies(context, { args, options: { failOn: 'any', ...options } });
  return { code, out: out(), err: err() };
};

describe('policy diff', () => {
  it('says nothing of two folders that say the same, and exits 0', async () => {
    expect(await diff(['old', 'old'])).toMatchObject({ code: EXIT.ok, out: '', err: expect.stringMatching(/^0 statements differ; of \d+ calls at the borders of the rules: 0 newly allowed/) as string });
  });

  it('shows the rule that changed and the calls at its borders', async () => {
    const { code, out } = await diff(['old', 'stricter']);
    expect(code).toBe(EXIT.drift);
    expect(out).toContain(`changed  refund_requires_approval  payments.refund
         was  1 of any approver asked at tier 2 within 1d where amount_usd is above 100.00
         is   1 of any approver asked at tier 2 within 1d where amount_usd is above 50.00`);
    expect(out).toMatch(/newly asked: \d+\n[\s\S]*allow by contract\.refund-desk\s+ask by refund_requires_approval.*amount_usd 50\.01/);
    expect(out).not.toContain('newly allowed');
  });

  it('lists what is newly allowed first', async () => {
    writeFile(folder, 'calls.jsonl', '{"id":"a","tenant":"acme","workflow":"refund-desk","tool":"payments.refund","args":{"charge_id":"ch_1","amount_cents":15000}}\n\n{"id":"b","tenant":"acme","workflow":"refund-desk","tool":"payments.refund","args":{"charge_id":"ch_1","amount_cents":150000}}\n');
    const { out } = await diff(['old', 'milder'], { calls: 'calls.jsonl' }, true);
    expect(JSON.parse(out)).toMatchObject({ schema: 1, calls: 'calls.jsonl', decided: 2, changed: 1, newlyAllowed: { count: 1, calls: [{ call: 'a', before: { effect: 'ask' }, after: { effect: 'allow' } }] }, newlyAsked: { count: 0 } });
  });

  it('fails on what is newly allowed alone where it is told to', async () => {
    expect([(await diff(['old', 'stricter'], { failOn: 'newly-allowed' })).code, (await diff(['stricter', 'old'], { failOn: 'newly-allowed' })).code]).toEqual([EXIT.ok, EXIT.drift]);
  });

  it('tells rules that were added from those that were removed', async () => {
    const [added, removed] = [await diff(['old', 'other'], {}, true), await diff(['other', 'old'], {}, true)];
    expect([JSON.parse(added.out), JSON.parse(removed.out)]).toMatchObject([
      { rules: [{ kind: 'added', id: 'nothing_large', tools: ['payments.refund'], after: 'denied where amount_usd is above 1000.00' }] },
      { rules: [{ kind: 'removed', id: 'nothing_large' }] },
    ]);
  });

  it('sees that a contract trusts its agent less, though no rule differs', async () => {
    const { code, out } = await diff(['old', 'draft'], {}, true);
    expect(code).toBe(EXIT.drift);
    expect(JSON.parse(out)).toMatchObject({ rules: [], counts: { allow: { allow: 0, ask: 0 } } });
  });

  it('stays quick where combinations of attributes are many', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `a${index}`);
    writeConfig(folder, 'many');
    writeFile(folder, 'many/tools/payments.refund.yaml', TOOL.replace('attributes: {', `attributes: { ${names.map((name) => `${name}: { arg: /charge_id, unit: text }`).join(', ')},`));
    writeFile(folder, 'many/policies/more.yaml', `policies:\n  - name: odd\n    if: { tool: "payments.refund", ${names.map((name) => `${name}: "in [b, c]"`).join(', ')} }\n    then: { action: deny }\n`);
    const { decided } = JSON.parse((await diff(['many', 'many'], {}, true)).out) as { readonly decided: number };
    expect(decided).toBeLessThanOrEqual(2_000);
  });

  it('names the line of a call that is none', async () => {
    writeFile(folder, 'bad.jsonl', '{"tool":"payments.refund"}\n{"tool":"payments.refund","arg":{}}\n');
    await expect(diff(['old', 'milder'], { calls: 'bad.jsonl' })).rejects.toMatchObject({ code: 'JSON_INVALID', message: expect.stringContaining('`bad.jsonl:2` is no call\n/arg unknown key `arg`, did you mean `args`?') as string });
  });
});
