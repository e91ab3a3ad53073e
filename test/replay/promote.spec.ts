import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policySetOf, type ControlState } from '@countersign/domain';
import { Evaluator, readCall } from '@countersign/evaluation';
import { sealedText, type Workflow } from '@countersign/kernel';
import { CedarEngine, compilePolicySet } from '@countersign/policy-engines';
import { bundlesOf, incidentFaults, incidentText, readIncident, type RunBundle, type Taped } from '@countersign/replay';
import { promoted } from '../../apps/cli/src/replay/promote.js';
import { candidate } from './candidate.ts';
import { Recording, refund } from './recording.ts';

const recording = new Recording();
let bundle: RunBundle;

beforeAll(async () => {
  await recording.start();
  const run = await recording.carryOut({ id: 'unasked', input: { ...refund('plain', 'ch_unasked'), reason: 'Ines (ines@example.org) says the mug of ch_unasked is broken' } });
  await recording.stop();
  const found = recording.tapes().flatMap((tape) => [...bundlesOf(tape).values()]).find((each) => each.run === run);
  if (!found) throw new Error('the run is not on the tape');
  bundle = found;
}, 60_000);
afterAll(() => recording.stop());

const faultsUnder = (controls: ControlState, text: string): readonly string[] => {
  const compilation = compilePolicySet(policySetOf(controls));
  if (!compilation.ok) throw new Error('the candidate does not compile');
  const evaluator = new Evaluator({ controls, policy: new CedarEngine().prepare(compilation.set) });
  return incidentFaults(readIncident(text, readCall), (call, now) => evaluator.decide(call, now));
};

describe('an incident that was promoted', () => {
  const promote = (run: RunBundle, ...expected: readonly (readonly [string, 'allow' | 'ask' | 'deny'])[]) => promoted({ controls: recording.timeline(), runs: [] }, run, 'unasked', new Map(expected), 'cedar');
  const made = (expected: 'allow' | 'ask'): string => incidentText(promote(bundle, ['plain', expected]).incident);
  /** The run as if another action had been decided, otherwise. */
  const changed = (type: 'countersign.action.denied' | 'countersign.approval.required', action: object): RunBundle => ({
    ...bundle,
    events: bundle.events.map((each): Taped => {
      const { event } = each;
      if (event.type !== 'countersign.action.allowed') return each;
      const data = Object.assign({}, event.data, { action: Object.assign({}, event.data.action, action) });
      return { ...each, event: { ...event, type, data } as unknown as Taped['event'] };
    }),
  });
  const before = candidate(() => undefined);
  const fixed = candidate((folder) => {
    const file = join(folder, 'policies/desk.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}  - name: all_refunds_ask\n    if: { tool: "payments.refund", amount_usd: "> 5" }\n    then: { action: require_human_approval }\n`);
  });

  it('fails before the policy is mended, and passes after', () => {
    const text = made('ask');
    expect(faultsUnder(before, text)).toEqual(['plain: `payments.refund` is allowed, and is to be asked about']);
    expect(faultsUnder(fixed, text)).toEqual([]);
  });

  it('holds what was decided where nothing else is expected', () => {
    expect(faultsUnder(before, made('allow'))).toEqual([]);
    expect(faultsUnder(fixed, made('allow'))).toEqual(['plain: `payments.refund` is asked about, and is to be allowed']);
  });

  it('holds no word and no address of anybody, and the ids that the call names', () => {
    const text = made('ask');
    expect(text).not.toMatch(/Ines|ines@|mug|broken/);
    const { calls } = readIncident(text, readCall);
    expect(calls[0]?.call.args).toMatchObject({ charge_id: 'ch_unasked', amount_cents: 700, reason: expect.stringMatching(/^word\d+ \(person-\d+@example\.com\) (?:word\d+ ){4}ch_unasked/) });
  });

  it('expects nothing of a step on which nothing was decided', () => {
    expect(() => promote(bundle, ['nothing', 'deny'])).toThrow('nothing was decided on step `nothing`');
  });

  it('cannot be expected to decide what rested on something other than rules', () => {
    const held = changed('countersign.action.denied', {});
    expect(() => promote(held, ['plain', 'deny'])).toThrow(expect.objectContaining({ code: 'USAGE', message: 'nothing can be expected of what is left out: step `plain` was `deny`, and rules alone say `allow`' }));
    expect(() => promote(held)).toThrow('no decision of');
  });

  it('holds a decision about a sealed address, with a stand-in for it', () => {
    const to = sealedText(`${Buffer.from(JSON.stringify({ kid: 'k'.repeat(22), tenant: 'acme', run: bundle.run, class: 'personal', commitment: 'c'.repeat(43) })).toString('base64url')}..AA.Ines.AA`);
    const asked = changed('countersign.approval.required', { tool: 'receipts.send', args: { charge_id: 'ch_unasked', to } });
    const { incident, leftOut } = promote({ ...asked, workflow: 'refund-desk' as Workflow }, ['plain', 'deny']);
    expect(leftOut).toEqual([]);
    expect(incident.calls).toMatchObject([{ was: 'ask', expected: 'deny', call: { args: { to: expect.stringMatching(/^sealed:/) } } }]);
    expect(incidentText(incident)).not.toContain('Ines');
    expect(faultsUnder(before, incidentText(incident))).toEqual(['plain: `receipts.send` is asked about, and is to be denied']);
  });
});
