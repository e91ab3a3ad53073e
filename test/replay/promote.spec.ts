import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policySetOf, type ControlState } from '@countersign/domain';
import { Evaluator, readCall } from '@countersign/evaluation';
import { CedarEngine, compilePolicySet } from '@countersign/policy-engines';
import { bundlesOf, incidentFaults, incidentText, readIncident, type RunBundle } from '@countersign/replay';
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
  const made = (expected: 'allow' | 'ask'): string => incidentText(promoted({ controls: recording.timeline(), runs: [] }, bundle, 'unasked', new Map([['plain', expected]]), 'cedar').incident);
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
    expect(() => promoted({ controls: recording.timeline(), runs: [] }, bundle, 'unasked', new Map([['nothing', 'deny']]), 'cedar')).toThrow('nothing was decided on step `nothing`');
  });
});
