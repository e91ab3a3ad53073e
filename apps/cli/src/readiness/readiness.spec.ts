import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '@countersign/kernel';
import { contextIn } from '../spec-support/context.spec-support.js';
import { viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { ACTIVE, ALL_SIGNED, approver, CONTRACT, CONTROLS, controlsWith, GOOD, OWN, PEOPLE, person, signed } from '../spec-support/readiness.spec-support.js';
import { contractMeant } from './gather.js';
import { LAST_RUNS, subjectOf, type Facts, type Row } from './readiness.js';
import { readinessText } from './readiness-text.js';
import { archivedReplays } from './replays.js';
import { checklist, rowsOf } from './rows.js';
import { requireMaySign } from './sign-off.js';

const unmet = (change: Partial<Facts>): readonly string[] => checklist({ ...GOOD, ...change }).flatMap(({ id, met }) => (met ? [] : [id]));
const rowOf = (id: string, change: Partial<Facts>): Row | undefined => rowsOf({ ...GOOD, ...change }).rows.find((row) => row.id === id);
const withContract = (change: object): Partial<Facts> => ({ contract: { ...CONTRACT, document: { ...CONTRACT.document, ...change } } });

describe('readiness', () => {
  it('is met where everything is as it has to be and each role has signed exactly that', () => {
    const { rows } = rowsOf({ ...GOOD, signOffs: ALL_SIGNED });
    expect(rows.filter(({ met }) => !met)).toEqual([]);
    expect(rows.map(({ id }) => id)).toEqual(['own-identity', 'no-shared-keys', 'least-privilege', 'writes-gated', 'budgets', 'traces', 'replays', 'regressions', 'fallback', 'signed-security', 'signed-legal', 'signed-finance']);
  });

  it('is not met by an agent that acted under another identity, or never acted', () => {
    expect(unmet({ runs: [...GOOD.runs.slice(1), { id: 'run-x', agent: `${OWN}-2`, closed: 'closed-x' }] })).toEqual(['own-identity']);
    expect(unmet({ runs: [] })).toEqual(['own-identity', 'traces']);
    expect(rowOf('own-identity', { runs: [...GOOD.runs.slice(1), { id: 'run-x', agent: `${OWN}-2`, closed: 'closed-x' }] })?.events).toEqual(['closed-x']);
  });

  it('is not met where two services, two people or two agents share a key', () => {
    expect(unmet({ controls: controlsWith(PEOPLE, () => 'one key') })).toEqual(['no-shared-keys']);
    expect(unmet({ controls: controlsWith([...PEOPLE, { ...approver('eve', 'finance'), publicKey: PEOPLE[0]?.publicKey ?? '' }]) })).toEqual(['no-shared-keys']);
    const other = { ...CONTRACT, id: 'other-desk', hash: sha256('other'), document: { ...CONTRACT.document, id: 'other-desk', workflow: 'other-desk' as never } };
    const both = { ...CONTROLS, active: { ...ACTIVE, contracts: [...ACTIVE.contracts, other] } };
    expect(rowOf('no-shared-keys', { controls: both })).toMatchObject({ met: false, evidence: [expect.any(String), 'shared: connection payments with other-desk'] });
  });

  it('is not met where a service has no key', () => {
    expect(rowOf('no-shared-keys', { controls: { ...CONTROLS, keys: new Map() } })).toMatchObject({ met: false, next: expect.stringContaining('announce a key for gateway') as string });
  });

  it('is not met by tools that no run ever needed, nor by writes that nothing stands before', () => {
    expect(rowOf('least-privilege', { used: new Map([...GOOD.used].filter(([tool]) => tool !== 'crm.customer.delete')) })).toMatchObject({ met: false, evidence: ['6 of 7 tools of the contract were proposed by some run', 'never: crm.customer.delete'] });
    expect(rowOf('writes-gated', { access: GOOD.access.map((each) => (each.tool === 'receipts.send' ? { ...each, rules: each.rules.filter(({ rule }) => rule === 'provenance.rule-of-two') } : each)) })).toMatchObject({ met: false, next: 'write a rule on receipts.send, and put that in force: `countersign config apply`' });
    expect(rowOf('writes-gated', { access: GOOD.access.map((each) => (each.tool === 'receipts.send' ? { ...each, rules: [] } : each)) })).toMatchObject({ met: false, next: 'write a rule on receipts.send, and put that in force: `countersign config apply`' });
  });

  it('is not met without budgets, an escalation and people who hear of it', () => {
    expect(unmet(withContract({ budgets: { ...CONTRACT.document.budgets, run: { steps: 10 } } }))).toEqual(['budgets']);
    expect(rowOf('budgets', withContract({ budgets: { ...CONTRACT.document.budgets, run: { steps: 10, toolCalls: 12 } } }))?.next).toBe('set max_total_cost_usd in the contract, and put that in force: `countersign config apply`');
    const { escalation: _none, ...without } = CONTRACT.document;
    expect(unmet({ contract: { ...CONTRACT, document: without } })).toEqual(['fallback']);
    expect(rowOf('fallback', { controls: controlsWith([approver('lena', 'legal')]) })?.next).toBe('put somebody of support and finance into the directory of approvers, and put that in force: `countersign config apply`');
  });

  it('is not met by runs that are not whole, or too few, nor by replays that nobody ran', async () => {
    expect(rowOf('traces', { runs: [...GOOD.runs.slice(1), { id: 'run-x', agent: OWN, closed: 'closed-x', incomplete: 'run `run-x` ends with 9 events, and the archive has 8' }] })).toMatchObject({ met: false, events: ['closed-x'] });
    expect(rowOf('traces', { runs: GOOD.runs.slice(3) })).toMatchObject({ met: false, next: '3 more runs have to end: `countersign task submit FILE --wait`' });
    const nowhere = contextIn(mkdtempSync(join(tmpdir(), 'countersign-readiness-'))).context;
    expect(rowOf('replays', { replays: await archivedReplays(nowhere, { engine: 'cedar' }).of(['run-1']) })).toMatchObject({ met: false, evidence: [expect.stringContaining('not run: ')], next: 'replay them: `countersign replay exact --last 50`' });
    expect(unmet({ replays: { kind: 'ran', runs: LAST_RUNS, differing: ['run-3'] } })).toEqual(['replays']);
    expect(unmet({ replays: { kind: 'ran', runs: 3, differing: [] } })).toEqual(['replays']);
  });

  it('is not met by policy cases that say something else now, nor by none', () => {
    expect(unmet({ cases: { folder: 'config/tests', ran: 23, differing: ['a large refund'] } })).toEqual(['regressions']);
    expect(unmet({ cases: { folder: 'config/tests', ran: 0, differing: [] } })).toEqual(['regressions']);
    const { cases: _none, ...without } = GOOD;
    expect(checklist(without).flatMap(({ id, met }) => (met ? [] : [id]))).toEqual(['regressions']);
  });

  it('is not met by an incident that would happen again', () => {
    expect(unmet({ incidents: { folder: 'test/incidents', ran: 2, differing: [] } })).toEqual([]);
    expect(unmet({ incidents: { folder: 'test/incidents', ran: 0, differing: [] } })).toEqual([]);
    const incidents = { folder: 'test/incidents', ran: 2, differing: ['0001-bulk-export'] };
    expect(unmet({ incidents })).toEqual(['regressions']);
    expect(rowOf('regressions', { incidents })?.evidence).toEqual(['23 of 23 cases in config/tests', '1 of 2 incidents in test/incidents', 'differs: 0001-bulk-export']);
  });

  describe('a signature', () => {
    it('counts for exactly what was signed: another file or a row that is met no more ends it', () => {
      expect(rowOf('signed-finance', { signOffs: ALL_SIGNED })).toMatchObject({ met: true, events: ['signed-grace'] });
      expect(rowOf('signed-finance', { signOffs: ALL_SIGNED, contract: { ...CONTRACT, hash: sha256('another') } })).toMatchObject({ met: false, evidence: ['grace was for another state'] });
      expect(rowOf('signed-finance', { signOffs: ALL_SIGNED, cases: { folder: 'config/tests', ran: 23, differing: ['a large refund'] } })?.met).toBe(false);
    });

    it('is of the contract, its playbook, the policy set, the directory, the file of the tenant, its web hooks and the rows that are met, each of them', () => {
      const rows = checklist(GOOD);
      const { approvers } = ACTIVE;
      if (!approvers) throw new Error('the example has no directory');
      const playbook = ACTIVE.playbooks.get(CONTRACT.document.playbook);
      const hook = (tenants: readonly string[], workflows: readonly string[]): object => ({ id: 'hook', hash: sha256('hook'), document: { tenants, workflows } });
      const active = (change: object): Facts => ({ ...GOOD, controls: { ...CONTROLS, active: { ...ACTIVE, ...change } } });
      const others = [
        subjectOf({ ...GOOD, tenant: 'globex' }, rows),
        subjectOf({ ...GOOD, contract: { ...CONTRACT, hash: sha256('another') } }, rows),
        subjectOf(active({ policySet: { ...ACTIVE.policySet, hash: sha256('another') } }), rows),
        subjectOf(active({ approvers: { ...approvers, hash: sha256('another') } }), rows),
        subjectOf(active({ playbooks: new Map([[CONTRACT.document.playbook, { ...playbook, hash: sha256('another') }]]) }), rows),
        subjectOf(active({ tenants: ACTIVE.tenants.map((file) => ({ ...file, hash: sha256('another') })) }), rows),
        subjectOf(active({ webhooks: [hook([], [])] }), rows),
        subjectOf(active({ webhooks: [{ ...hook(['acme'], ['refund-desk']), hash: sha256('another') }] }), rows),
        subjectOf(GOOD, rows.map((row) => (row.id === 'budgets' ? { ...row, met: false } : row))),
      ];
      expect(new Set([subjectOf(GOOD, rows), ...others]).size).toBe(10);
      expect(subjectOf(active({ webhooks: [hook(['globex'], []), hook([], ['issue-triage'])] }), rows)).toBe(subjectOf(GOOD, rows));
      expect(subjectOf(active({ tenants: [...ACTIVE.tenants, { hash: sha256('another'), document: { tenant: 'globex' } }], playbooks: new Map<string, object>([...ACTIVE.playbooks, ['other', { hash: sha256('another') }]]) }), rows)).toBe(subjectOf(GOOD, rows));
      expect(subjectOf(GOOD, rows.map((row) => ({ ...row, evidence: ['other figures'] })))).toBe(subjectOf(GOOD, rows));
    });

    it('goes on counting while runs come and go', () => {
      expect(rowOf('signed-finance', { signOffs: ALL_SIGNED, runs: GOOD.runs.map((run) => ({ ...run, id: `${run.id}-later`, closed: `${run.closed}-later` })) })?.met).toBe(true);
    });

    it('does not count of somebody without the role, or who put the contract in force', () => {
      expect(rowOf('signed-finance', { signOffs: [signed('lena', 'finance')] })).toMatchObject({ met: false, evidence: ['lena has not the role finance'] });
      expect(rowOf('signed-security', { signOffs: [signed('root', 'security')] })).toMatchObject({ met: false, evidence: ['root put the contract in force'] });
      expect(rowOf('signed-security', { signOffs: [signed('root', 'security'), signed('sam', 'security')] })).toMatchObject({ met: true, events: ['signed-sam'] });
    });

    it('is asked of those whose signature would count', () => {
      expect(rowOf('signed-security', {})?.next).toBe('sam: `countersign readiness refund-desk --sign security --reason TEXT`');
      expect(rowOf('signed-legal', { controls: controlsWith([approver('grace', 'finance', 'support')]) })?.next).toBe('nobody has that role, there are finance, support: `countersign readiness refund-desk --require ROLE`; or put somebody of legal, who did not put the contract in force, into the directory of approvers, and put that in force: `countersign config apply`');
    });

    it('is asked of somebody else where all who have the role put the contract in force', () => {
      expect(rowOf('signed-security', { controls: controlsWith([approver('root', 'security'), approver('grace', 'finance')]) })?.next).toBe('put somebody of security, who did not put the contract in force, into the directory of approvers, and put that in force: `countersign config apply`');
    });

    it('is refused before it is made where it would count for nobody', () => {
      const signer = (name: string) => ({ subject: person(name), publicKey: name.padEnd(43, 'A'), sign: () => '' });
      expect(() => requireMaySign(CONTROLS, GOOD, signer('grace'), 'finance')).not.toThrow();
      for (const [name, role] of [['grace', 'legal'], ['root', 'security'], ['eve', 'finance']] as const) expect(() => requireMaySign(CONTROLS, GOOD, signer(name), role)).toThrow(expect.objectContaining({ code: 'SIGNER_WRONG' }));
      expect(() => requireMaySign(CONTROLS, GOOD, { ...signer('grace'), publicKey: 'another' }, 'finance')).toThrow(expect.objectContaining({ code: 'SIGNER_WRONG' }));
    });
  });

  it('is asked of a workflow by its name, and by its tenant too where several have it', () => {
    expect(contractMeant(CONTROLS, 'refund-desk')).toMatchObject({ tenant: 'acme', contract: { id: 'refund-desk' } });
    expect(() => contractMeant(CONTROLS, 'refund')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    const two = { ...CONTROLS, active: { ...ACTIVE, contracts: [{ ...CONTRACT, document: { ...CONTRACT.document, tenants: ['acme', 'globex'] as never } }] } };
    expect(() => contractMeant(two, 'refund-desk')).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(contractMeant(two, 'globex/refund-desk')).toMatchObject({ tenant: 'globex' });
  });

  it('names for each unmet row what is to be typed, as this command was started', () => {
    const bad: Facts = { ...GOOD, runs: [], used: new Map(), access: GOOD.access.map((each) => ({ ...each, rules: [] })), replays: { kind: 'not-run', why: 'no archive' }, command: (args) => `npm run countersign -- ${args}` };
    const unmetRows = rowsOf(bad).rows.filter(({ met }) => !met);
    expect(unmetRows.map(({ id }) => id)).toEqual(['own-identity', 'least-privilege', 'writes-gated', 'traces', 'replays', 'signed-security', 'signed-legal', 'signed-finance']);
    for (const { next } of unmetRows) expect(next).toMatch(/`npm run countersign -- [^`]+`/);
  });

  it('fits the terminal, and is wrapped in a pipe too', () => {
    const { rows, subject } = rowsOf({ ...GOOD, roles: ['finance'] });
    for (const width of [80, 120, undefined]) expect(Math.max(...readinessText(GOOD, rows, subject, viewOf(width)).split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width ?? 100);
  });
});
