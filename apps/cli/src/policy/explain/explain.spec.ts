import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../exit-codes.js';
import { TOOL, writeConfig, writeFile } from '../../spec-support/config-files.spec-support.js';
import { contextIn } from '../../spec-support/context.spec-support.js';
import { explainCall, type ExplainOptions } from './explain.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-policy-explain-'));
  writeConfig(folder);
  writeFile(folder, 'config/tools/crm.note.yaml', TOOL.replace('id: payments.refund', 'id: crm.note').replace('effect: write', 'effect: read').replace(/attributes.*\n/, ''));
  writeFile(folder, 'config/policies/more.yaml', 'policies:\n  - name: nothing_huge\n    if: { tool: "payments.refund", amount_usd: "> 1000" }\n    then: { action: deny }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const explain = async (call: object | undefined, { args = ['-'], options = { config: 'config' }, json = false }: { readonly args?: readonly string[]; readonly options?: ExplainOptions; readonly json?: boolean } = {}) => {
  const { context, out } = contextIn(folder, { json, stdin: JSON.stringify(call) });
  const code = await explainCall(context, { args, options });
  return { code, out: out() };
};

const refund = (amount_cents: number, more: object = {}) => ({ tool: 'payments.refund', args: { charge_id: 'ch_1', amount_cents }, ...more });

describe('policy explain', () => {
  it('shows every statement that was looked at, on what it was held against, and what it would take', async () => {
    const { code, out } = await explain(refund(25_000));
    expect(code).toBe(EXIT.pending);
    expect(out.replace(/policy set [0-9a-f]+/, 'policy set HASH')).toMatchInlineSnapshot(`
      "payments.refund of acme/refund-desk at 2026-01-05T12:00:00.000Z, under config (policy set HASH)
      verdict  ask by refund_requires_approval: tier 2, 1 of any approver within 1d
      why      refund_requires_approval rule.asks: amount_usd is above 100.00

      looked at
        matches  contract.refund-desk  permits the tool to agents of contract \`refund-desk\`
        no       nothing_huge  denies
                 not  amount_usd is above 1000.00
                      amount_usd is 250.00, from argument /amount_cents
        matches  refund_requires_approval  asks 1 of any approver at tier 2 within 1d; not answered
                 holds  amount_usd is above 100.00
                        amount_usd is 250.00, from argument /amount_cents
        no       require.amount_usd  rule \`nothing_huge\` needs \`amount_usd\`
        no       stage.draft  denies
                 not  the stage is draft
                      the stage is autonomous
        no       stage.suggest  asks 1 of any approver at tier 2 within 1d
                 not  the stage is suggest
                      the stage is autonomous

      to be allowed
        -  refund_requires_approval: 1 of any approver would have to agree within 1d, asked at tier 2
      "
    `);
  });

  it.each([
    ['allowed', refund(1_200), EXIT.ok],
    ['denied', refund(250_000), EXIT.deniedByPolicy],
    ['asked about', refund(25_000), EXIT.pending],
  ])('exits as the verdict for a call that is %s', async (_, call, code) => {
    expect((await explain(call)).code).toBe(code);
  });

  it('says which votes answer a question', async () => {
    const { code, out } = await explain(refund(25_000, { approvals: { ada: [] } }), { json: true });
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({ verdict: { effect: 'allow' }, forAllow: [], statements: expect.arrayContaining([expect.objectContaining({ id: 'refund_requires_approval', matches: true, answered: true })]) as unknown });
  });

  it('says that the contract would have to list a tool', async () => {
    const call = { tenant: 'acme', workflow: 'refund-desk', tool: 'crm.note', args: { charge_id: 'ch_1', amount_cents: 1 } };
    expect(JSON.parse((await explain(call, { json: true })).out)).toMatchObject({ verdict: { effect: 'deny' }, forAllow: ['contract.refund-desk: the contract would have to list `crm.note` under `read`'] });
  });

  it('looks at no rule for arguments that the tool does not take', async () => {
    const { out } = await explain(refund(0));
    expect(out).toContain('no rule was looked at');
    expect(out).toContain('action: `/amount_cents` must be >= 1');
  });

  it('does not let what is in a call move the cursor', async () => {
    writeConfig(folder, 'texts');
    writeFile(folder, 'texts/tools/payments.refund.yaml', TOOL.replace('attributes: {', 'attributes: { charge: { arg: /charge_id, unit: text },'));
    writeFile(folder, 'texts/policies/more.yaml', 'policies:\n  - name: tainted\n    if: { tool: "payments.refund", taint: untrusted, charge: "!= ch_9" }\n    then: { action: deny }\n');
    const call = { tool: 'payments.refund', args: { charge_id: 'ch_\u001b[2J', amount_cents: 1 }, history: [{ tool: 'payments.refund', untrusted: true, result: { refund_id: 're_1' } }] };
    const { out } = await explain(call, { options: { config: 'texts' } });
    expect(out).toContain('the run is untrusted by payments.refund');
    expect(out).toContain('charge is `ch_\\u001b[2J`, from argument /charge_id');
    expect(out).not.toContain('\u001b[2J');
  });

  it.each<[string, readonly string[], ExplainOptions, string]>([
    ['nothing', [], {}, 'what is to be explained?'],
    ['a run without a step', [], { run: 'run-Ab' }, '`--run` needs a step'],
    ['a run and an action', ['refund'], { run: 'run-Ab', action: 'ab' }, '`--run` and `--action` exclude each other'],
    ['an action and a file', ['call.json'], { action: 'ab' }, '`--action` takes no `call.json` beside it'],
  ])('refuses %s', async (_, args, options, message) => {
    await expect(explain(undefined, { args, options })).rejects.toMatchObject({ code: 'USAGE', message });
  });

  it('names what a call is that cannot be made', async () => {
    await expect(explain({ tool: 'payments.refnd' })).rejects.toMatchObject({ code: 'JSON_INVALID', message: expect.stringContaining('/tool there is no tool `payments.refnd`, did you mean `payments.refund`?') as string });
  });
});
