import { describe, expect, it } from 'vitest';
import type { Pinned, ToolContract } from '@countersign/domain';
import { sha256, type Instant } from '@countersign/kernel';
import type { EffectView, Undoing } from '../ledger/shapes.js';
import { listed, viewOf } from '../spec-support/ledger-fixtures.spec-support.js';
import { contractFile, toolFile } from '../spec-support/tool-files.spec-support.js';
import { TOLD_AT, ToldRun } from '../spec-support/told-run.spec-support.js';
import { sentOf } from './answers.js';
import { incidentOf } from './build-incident.js';
import { findIncident } from './find-incident.js';
import { verdictOn } from './gates.js';
import { incidentText } from './incident-text.js';
import { eventsNamed, type IncidentStep } from './incident.js';
import { StepLog } from './step-log.js';

const REFUND = toolFile('payments.refund');
const RECEIPT = toolFile('receipts.send');
const DESK = contractFile('refund-desk');
const MINUTE = 60_000;
const UNDO = { tool: 'payments.refund.reverse', argsHash: sha256('args'), until: '2026-01-02T04:00:00.000Z' };

const told = (run: ToldRun, { step = 'refund', tool = REFUND, undoings = [], at = TOLD_AT + MINUTE }: { readonly step?: string; readonly tool?: Pinned<ToolContract> | 'unknown'; readonly undoings?: readonly Undoing[]; readonly at?: number } = {}): IncidentStep =>
  incidentOf(new StepLog(run.log, step, tool === 'unknown' ? undefined : tool, DESK, undoings), 'run-AbCdEfGh', at as Instant);

const inTools = { 'payments.refund': REFUND.hash, 'receipts.send': RECEIPT.hash };
const refunded = (): ToldRun => new ToldRun({ tools: inTools }).refund().allowed().succeeded({ refund_id: 're_1' }, 're_1').verified('re_1').add('decisions', 'countersign.context.observed', { jti: 'grant-HD-1-1', actionHash: sha256('action'), tool: 'payments.refund', untrusted: false, sensitive: false, vouched: [], facts: [], undo: UNDO }, 'refund').observed().closed();
const verdicts = ({ gates }: IncidentStep): readonly string[] => gates.map(({ label, verdict }) => `${label}: ${verdict}`);
const texts = (lines: readonly { readonly label: string; readonly text: string }[]): readonly string[] => lines.map(({ label, text }) => `${label}: ${text}`);

describe('an incident', () => {
  it('says of each check whether it looked at the call, and what it made of it', () => {
    const step = told(refunded());
    expect(verdicts(step)).toEqual(['schema: passed', 'contract: passed', 'rules: passed', 'taint: passed', 'budget: passed', 'people: did-not-look', 'grant: passed', 'read-back: passed']);
    expect(verdictOn(step.gates)).toBe('let through by schema, contract, rules, taint, budget, grant, read-back; people did not look; nothing caught it afterwards');
  });

  it('tells a yes that came too quickly to have been read, and a read-back that caught what everything else let through', () => {
    const quick = new ToldRun({ tools: inTools, untrusted: true }).refund().asked().answered('grace', 'approve', 2).allowed().succeeded({ refund_id: 're_1' }, 're_1').diverged('re_1').observed('unverified').closed('unverified');
    const step = told(quick);
    expect(verdicts(step)).toEqual(['schema: passed', 'contract: passed', 'rules: stopped', 'rules: passed', 'taint: passed', 'budget: passed', 'people: passed', 'grant: passed', 'read-back: caught']);
    const [people] = step.gates.filter(({ label }) => label === 'people');
    expect(people?.text).toBe('granted: yes of grace after 2.1s, quicker than anybody reads it; they were shown no preview');
    expect(step.gates.find(({ label }) => label === 'taint')?.text).toContain('the run had read what others wrote');
    expect(verdictOn(step.gates)).toContain('after rules had held it up; read-back caught it afterwards');
    expect(step.status).toBe('diverged');
  });

  it('calls nobody quick who took their time', () => {
    const slow = told(new ToldRun({ tools: inTools }).refund().asked().answered('grace', 'approve', 6).allowed().succeeded({}, 're_1').verified());
    expect(slow.gates.find(({ label }) => label === 'people')?.text).toBe('granted: yes of grace after 6.1s; they were shown no preview');
  });

  it('says what stopped a call that was never made, and that nothing left', () => {
    const step = told(new ToldRun({ tools: inTools }).refund().denied('no_refund', 'refunds are closed').closed('denied'));
    expect(verdictOn(step.gates)).toBe('stopped by rules: the tool was not called');
    expect(texts([...step.left, ...step.undo])).toEqual(['nothing: the tool was not called', 'nothing: there is no effect']);
    expect(told(new ToldRun({ tools: inTools }).refund().asked().answered('grace', 'deny', 60)).gates.at(-1)).toMatchObject({ label: 'people', verdict: 'stopped', text: 'rejected: no of grace after 1m; they were shown no preview' });
  });

  it('asks the questions about provenance apart from the rules of people', () => {
    const step = told(new ToldRun({ tools: inTools, untrusted: true }).proposed('receipt', 'receipts.send', 'write', { charge_id: 'ch_1', to: 'eve@example.com' }).asked('provenance.destination', 'the task does not name the place').answered('grace', 'deny', 30), { step: 'receipt', tool: RECEIPT });
    expect(verdicts(step)).toEqual(['schema: passed', 'taint: stopped', 'people: stopped']);
  });

  it('finds arguments that break the schema although they were proposed', () => {
    expect(told(new ToldRun({ tools: inTools }).refund({ charge_id: 'ch_1', amount_cents: -5, reason: 'x' })).gates[0]?.text).toContain('does NOT fit the schema of payments.refund v5: /amount_cents');
  });

  it('says what was sent for a preview although nobody ever granted the call, and what a step sent that only read', () => {
    const asked = new ToldRun({ tools: inTools }).refund().asked().add('executions', 'countersign.action.previewed', { jti: 'preview', actionHash: sha256('action'), approval: 'approval-1', preview: { kind: 'none', hash: sha256('none'), reason: { code: 'http.503', message: 'the tool was busy' } }, runDeadline: '2026-01-02T04:04:05.000Z' } as never, 'refund').answered('grace', 'deny', 60);
    expect(texts(told(asked).left).slice(0, 2)).toEqual(['for a preview: payments was asked what the call would do, before it was granted', 'fields: charge_id, amount_cents, reason']);
    const read = new ToldRun({ tools: inTools }).proposed('charge', 'charges.get', 'read', { charge_id: 'ch_1' }).allowed().succeeded({}, undefined, false);
    expect(sentOf(new StepLog(read.log, 'charge', undefined, DESK, []))).toMatchObject({ label: 'charge', text: 'charges.get on payments, which was sent charge_id', events: [expect.any(String), expect.any(String)] });
  });

  it('shows what the call was made with, but for what is of a class', () => {
    const classed = toolFile('payments.refund', { args: { ...REFUND.document.args, properties: { charge_id: { type: 'string' }, amount_cents: { type: 'integer' }, reason: { type: 'string', 'x-class': 'personal' } } } });
    expect(texts(told(refunded(), { tool: classed }).call)[1]).toMatch(/^arguments: charge_id "[\w-]+", amount_cents \d+, reason \(personal\); action [0-9a-f]{12}$/);
  });

  it('says where the data went, and which of them are of a class or of others', () => {
    const classed = toolFile('receipts.send', { args: { ...RECEIPT.document.args, properties: { charge_id: { type: 'string' }, to: { type: 'string', 'x-class': 'personal' } } } });
    const step = told(new ToldRun({ tools: inTools, untrusted: true }).proposed('receipt', 'receipts.send', 'write', { charge_id: 'ch_1', to: 'ines@example.com' }).allowed().succeeded({ receipt_id: 'rc_1' }, 'rc_1', false), { step: 'receipt', tool: classed });
    expect(texts(step.left)).toEqual(['to: payments, and from there to email "ines@example.com"', 'fields: charge_id, to (personal)', 'classes: personal', 'the run was: untrusted']);
  });

  describe('is undone', () => {
    it('by an order as long as the window is open, and by asking whoever answers for it afterwards', () => {
      expect(texts(told(refunded()).undo)).toEqual(['until: 2026-01-02T04:00:00.000Z, by payments.refund.reverse', 'type: undo run-AbCdEfGh/refund --reason TEXT']);
      expect(texts(told(refunded(), { at: Date.parse(UNDO.until) }).undo)).toEqual(['no more: payments.refund.reverse would have undone it until 2026-01-02T04:00:00.000Z', 'ask: finance operations, who answers for the agent, and whoever runs `payments`, about re_1']);
    });

    it('not again where it was, nor where nobody knows whether it was done', () => {
      expect(texts(told(refunded(), { undoings: [{ step: 'refund', run: 'run-other', outcome: 'succeeded' }] }).undo)).toEqual(['undone: by run-other, which a person ordered']);
      expect(texts(told(refunded(), { undoings: [{ step: 'refund', run: 'run-other' }] }).undo)).toEqual(['under way: run-other undoes it']);
      expect(texts(told(refunded(), { undoings: [{ step: 'refund', run: 'run-other', outcome: 'failed' }] }).undo)[0]).toMatch(/^until/);
      expect(texts(told(refunded(), { undoings: [{ step: 'other', run: 'run-other', outcome: 'succeeded' }] }).undo)[0]).toMatch(/^until/);
    });

    it('by no order where the action did not end well, although its tool has a way', () => {
      const step = told(new ToldRun({ tools: inTools }).refund().allowed().succeeded({ refund_id: 're_1' }, 're_1').diverged('re_1'));
      expect(texts(step.undo)[0]).toBe('no order: payments.refund.reverse would undo it, but policy knows the call only of an action that ended well');
    });

    it('by nobody where the tool contract names no way', () => {
      const sent = new ToldRun({ tools: inTools }).proposed('receipt', 'receipts.send', 'write', { charge_id: 'ch_1', to: 'ines@example.com' }).allowed().succeeded({ receipt_id: 'rc_1' }, 'rc_1', false);
      expect(texts(told(sent, { step: 'receipt', tool: RECEIPT }).undo)).toEqual(['no way: the contract of receipts.send names nothing that undoes it', 'ask: finance operations, who answers for the agent, and whoever runs `payments`, about rc_1']);
    });
  });

  it('names events of this run only, and says so where it knows no tool contract', () => {
    const run = refunded();
    const step = told(run, { tool: 'unknown' });
    const known = run.log.map(({ event }) => event.id as string);
    expect(eventsNamed([step]).filter((id) => !known.includes(id))).toEqual([]);
    expect(eventsNamed([step]).length).toBeGreaterThan(5);
    expect(step.gates[0]?.text).toContain('the tool contract is not known here');
    expect(texts(step.left)).toContain('classes: not known: the tool contract is not in the ledger');
  });

  it('fits the terminal, and shows what strangers wrote as text', () => {
    const run = new ToldRun({ tools: inTools, task: 'HD-1\u001b[2J' }).refund().allowed().succeeded({ refund_id: 're_1' }, 're_1').verified('re_1');
    for (const width of [80, 120]) {
      const text = incidentText(listed({ task: 'HD-1\u001b[2J' }), [told(run)], [{ label: 'charge', text: 'charges.get on payments, which was sent charge_id', events: [] }], run.log, undefined, viewOf(width));
      expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
      expect(text).not.toContain('\u001b');
    }
  });

  it('says which proofs were written and what is not anchored yet', () => {
    const run = refunded();
    const [first, second] = eventsNamed([told(run)]);
    const text = incidentText(listed(), [told(run)], [], run.log, { folder: '/proofs', proven: [first ?? ''], notAnchored: [second ?? ''] }, viewOf());
    expect(text).toMatch(new RegExp(`^\\S+ +${first} .* written `, 'm'));
    expect(text).toMatch(new RegExp(`^\\S+ +${second} .* not anchored yet `, 'm'));
  });
});

describe('what an incident is about', () => {
  const effect: EffectView = { run: listed().id, tenant: 'acme', workflow: 'refund-desk', step: 'refund', tool: 'payments.refund', destination: 'payments', outsideId: 're_1' };
  const ledger = (effects: readonly EffectView[]) => ({ effects: async () => ({ effects }), runs: async ({ prefix = '' }: { readonly prefix?: string | undefined }) => ({ runs: [listed()].filter(({ id }) => id.startsWith(prefix)) }) });
  const find = (typed: string, effects: readonly EffectView[] = []) => findIncident(ledger(effects), typed, viewOf());

  it('is found by the id that an outside system gave, by a run, and by a step of one', async () => {
    expect(await find('re_1', [effect])).toEqual({ run: listed(), step: 'refund' });
    expect(await find('run-AbCdEf')).toEqual({ run: listed() });
    expect(await find('run-AbCdEf/refund')).toEqual({ run: listed(), step: 'refund' });
  });

  it('is named where two systems gave the same id, and missed where there is none', async () => {
    await expect(find('re_1', [effect, { ...effect, step: 'other' }])).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(`${listed().id}/other`) as string });
    await expect(find('re_2')).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'there is no run and no effect `re_2`' });
  });
});
