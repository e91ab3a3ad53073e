import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACT, policy, TOOL, writeConfig, writeFile } from '../spec-support/config-files.spec-support.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { showAccess } from './show-access.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-access-'));
  writeConfig(folder);
  writeFile(folder, 'config/tools/payments.refund.yaml', TOOL.replace('effect: write', 'effect: write\nrisk: [money]'));
  writeFile(folder, 'config/tools/crm.purge.yaml', TOOL.replace('payments.refund', 'crm.purge').replace('effect: write', 'effect: write\nrisk: [delete]'));
  writeFile(folder, 'config/contracts/refund-desk.yaml', CONTRACT.replace('write: [payments.refund]', 'write: [payments.refund, crm.purge]').replace('timeouts:', 'stage: autonomous\ntimeouts:'));
  writeFile(folder, 'config/policies/refund-desk.yaml', `${policy(100)}  - { name: no_delete, if: { tool: "*", risk: delete }, then: { action: deny } }\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (target: string, json = true): Promise<string> => {
  const { context, out } = contextIn(folder, { json });
  await showAccess(context, { args: [target], options: { config: 'config' } });
  return out();
};
const accessTo = async (target: string) => (JSON.parse(await ask(target)) as { readonly access: readonly unknown[] }).access;

describe('who can', () => {
  it('move money: an agent, its tenants, and what it meets', async () => {
    expect(await accessTo('money')).toMatchObject([
      {
        contract: 'refund-desk',
        tenants: ['acme'],
        workflow: 'refund-desk',
        tool: 'payments.refund',
        effect: 'write',
        risk: ['money'],
        gate: 'allowed',
        rules: [
          { rule: 'provenance.rule-of-two', gate: 'asks', always: false },
          { rule: 'refund_requires_approval', gate: 'asks', always: false, why: 'amount_usd is above 100.00', ask: { tier: 2, quorum: 1, roles: [] } },
        ],
      },
    ]);
  });

  it('delete: denied by the rule that says so', async () => {
    expect(await accessTo('delete')).toMatchObject([{ tool: 'crm.purge', gate: 'denied', rules: [{ rule: 'no_delete', gate: 'denied', always: true }] }]);
  });

  it('call a tool, by its name or a pattern', async () => {
    expect(await accessTo('payments.refund')).toHaveLength(1);
    expect(await accessTo('*')).toHaveLength(2);
  });

  it('deploy: nobody', async () => {
    expect(await accessTo('deploy')).toEqual([]);
    expect(await ask('deploy', false)).toBe('nobody can: no contract lists a tool of `deploy`\n');
  });

  it('is told in a few lines', async () => {
    expect(await ask('delete', false)).toBe('refund-desk of acme (workflow refund-desk, autonomous): crm.purge (write, delete)  denied\n  denied  no_delete: the rule is about every call of `crm.purge`\n');
  });

  it('do what is no risk and no tool is a question that was mistyped', async () => {
    await expect(ask('mony')).rejects.toMatchObject({ code: 'USAGE', hint: 'did you mean `money`?' });
  });

  it('do nothing but suggest is asked about every write, and a draft does nothing', async () => {
    writeFile(folder, 'config/contracts/refund-desk.yaml', CONTRACT.replace('timeouts:', 'stage: suggest\ntimeouts:'));
    expect(await accessTo('money')).toMatchObject([{ gate: 'asks', stage: 'suggest' }]);
    writeFile(folder, 'config/contracts/refund-desk.yaml', CONTRACT.replace('timeouts:', 'stage: draft\ntimeouts:'));
    expect(await accessTo('money')).toMatchObject([{ gate: 'denied', stage: 'draft' }]);
  });
});
