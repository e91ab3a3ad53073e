import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256, type JsonObject } from '@countersign/kernel';
import { viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { isEmpty, planChange } from './change-plan.js';
import type { VersionedFile, WantedFile } from './config-file.js';
import { planText } from './plan-text.js';

const file = (kind: VersionedFile['kind'], id: string, version: number, body: JsonObject): VersionedFile => ({ kind, id, version, hash: sha256(canonicalJson(body)), path: `${kind}/${id}.yaml`, body });

const contract = file('contract', 'refund-desk', 1, { id: 'refund-desk', version: 1, owner: 'finance' });
const rules = (limit: number): JsonObject => ({
  policies: [
    { name: 'refund_requires_approval', if: { tool: 'payments.refund', amount_usd: `> ${limit}` }, then: { action: 'require_human_approval' } },
    { name: 'no_bulk_export', if: { tool: 'crm.export', rows: '> 1000' }, then: { action: 'deny' } },
  ],
});
const policy = file('policy', 'refund-desk', 1, rules(100));
const unversioned = ({ version: _version, ...rest }: VersionedFile): WantedFile => rest;

describe('a change of the configuration', () => {
  it('publishes everything the first time', () => {
    const plan = planChange([], [contract, unversioned(policy)], []);
    expect(plan.added.map(({ id, version }) => [id, version])).toEqual([['refund-desk', 1], ['refund-desk', 1]]);
    expect(plan.unpublished).toHaveLength(2);
  });

  it('is none where the files are those in force', () => {
    const plan = planChange([contract, policy], [contract, unversioned(policy)], [contract, policy]);
    expect(isEmpty(plan)).toBe(true);
    expect(planText(plan, viewOf())).toBe('nothing changes: 2 files are in force as they are');
  });

  it('publishes only what is new, and gives a file without a version the next one', () => {
    const lower = unversioned(file('policy', 'refund-desk', 0, rules(50)));
    const plan = planChange([contract, policy], [contract, lower], [contract, policy]);
    expect(plan.unpublished.map(({ kind, version }) => [kind, version])).toEqual([['policy', 2]]);
    expect(plan.changed.map(({ before, after }) => [before.version, after.version])).toEqual([[1, 2]]);
  });

  it('gives content that was published before its own version back', () => {
    const lower = file('policy', 'refund-desk', 2, rules(50));
    const plan = planChange([lower], [unversioned(policy)], [policy, lower]);
    expect(plan.files[0]?.version).toBe(1);
    expect(plan.unpublished).toEqual([]);
  });

  it('names a file whose version was published with other content, and the next free version', () => {
    const changed = file('contract', 'refund-desk', 1, { id: 'refund-desk', version: 1, owner: 'sales' });
    const plan = planChange([contract], [changed], [contract]);
    expect(plan.reused.map(({ file: { id }, next }) => [id, next])).toEqual([['refund-desk', 2]]);
  });

  it('takes out of force what is not there any more', () => {
    const plan = planChange([contract, policy], [contract], [contract, policy]);
    expect(plan.removed).toEqual([policy]);
    expect(isEmpty(plan)).toBe(false);
  });

  it('tells two kinds of one id apart', () => {
    const plan = planChange([contract], [contract, unversioned(policy)], [contract]);
    expect(plan.added.map(({ kind }) => kind)).toEqual(['policy']);
    expect(plan.unchanged.map(({ kind }) => kind)).toEqual(['contract']);
  });

  it('shows no key that only moved: the log knows no order', () => {
    const sorted = JSON.parse(canonicalJson(rules(100))) as JsonObject;
    const plan = planChange([{ ...policy, body: sorted }], [unversioned(file('policy', 'refund-desk', 0, rules(50)))], [policy]);
    expect(planText(plan, viewOf()).split('\n').filter((line) => /^ {4}[+-]/.test(line))).toEqual(['    -       amount_usd: "> 100"', '    +       amount_usd: "> 50"']);
  });

  it('is shown by what differs in each file', () => {
    const tool = file('tool', 'crm-export', 1, { id: 'crm.export', version: 1 });
    const plan = planChange([contract, policy], [tool, unversioned(file('policy', 'refund-desk', 0, rules(50)))], [contract, policy]);
    expect(planText(plan, viewOf())).toMatchInlineSnapshot(`
      "+ tool crm-export (tool/crm-export.yaml)  v1
      ~ policy refund-desk (policy/refund-desk.yaml)  v1 -> v2
              - name: refund_requires_approval
                if:
                  tool: payments.refund
          -       amount_usd: "> 100"
          +       amount_usd: "> 50"
                then:
                  action: require_human_approval
              - name: no_bulk_export
      - contract refund-desk (contract/refund-desk.yaml)  v1
      1 added, 1 changed, 1 removed, 0 as before"
    `);
  });
});
