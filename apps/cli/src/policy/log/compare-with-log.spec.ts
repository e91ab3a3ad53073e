import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEvent, type Cause, type Event } from '@countersign/contracts';
import { evolveDecisions } from '@countersign/domain';
import { sha256, type Instant, type Principal } from '@countersign/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy, TOOL, writeConfig, writeFile } from '../../spec-support/config-files.spec-support.js';
import { decisionOn, loadBook, type LoadedBook, type Proposal } from '../../spec-support/decisions.spec-support.js';
import { changesObject } from '../changes-text.js';
import { LogComparison } from './compare-with-log.js';
import type { Decided, DecisionEvent } from './walk-decisions.js';

let folder: string;
let then: LoadedBook;

const load = (name: string): LoadedBook => loadBook(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-compare-'));
  for (const name of ['then', 'stricter', 'milder', 'renewed']) writeConfig(folder, name);
  writeFile(folder, 'stricter/policies/refund-desk.yaml', policy(50));
  writeFile(folder, 'milder/policies/refund-desk.yaml', policy(500));
  writeFile(folder, 'renewed/tools/payments.refund.yaml', TOOL.replace('version: 1', 'version: 2').replace('connection: payments', 'connection: bank'));
  then = load('then');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What policy wrote about a refund, as it was then. */
const refund = (amount_cents: number, change?: (proposal: Proposal) => Proposal): Decided => decisionOn(then, { tool: 'payments.refund', args: { charge_id: 'ch_1', amount_cents } }, change);

const NOWHERE: Cause = { id: 'x', topic: 'decisions', offset: 0, sha256: sha256('') };
const LONG_AGO = 0 as Instant;

const compared = (name: string, decisions: readonly Decided[], since = LONG_AGO, trustDomain?: string) => {
  const { book, policy: candidate } = load(name);
  const history = { at: () => then.book.controls, policyOf: () => then.policy };
  const comparison = new LogComparison({ controls: book.controls, policy: candidate, history, since, trustDomain });
  for (const decided of decisions) comparison.add(decided);
  return { ...(changesObject(comparison.changes) as { readonly decided: number; readonly changed: number }), notOfRules: comparison.notOfRules };
};

describe('decisions of the log under a candidate', () => {
  it('change nothing under the files that they were made under', () => {
    expect(compared('then', [refund(1_200), refund(8_000), refund(25_000), refund(0)])).toMatchObject({ decided: 4, changed: 0, notOfRules: 0 });
  });

  it('are of the trust domain of their runs, whatever the settings of here say', () => {
    expect(compared('then', [refund(1_200)], LONG_AGO, 'elsewhere.example')).toMatchObject({ decided: 1, changed: 0 });
  });

  it('are asked about where the limit is lower', () => {
    expect(compared('stricter', [refund(1_200), refund(8_000), refund(25_000)])).toMatchObject({
      decided: 3,
      changed: 1,
      newlyAsked: { count: 1, calls: [{ tool: 'payments.refund', tenant: 'acme', workflow: 'refund-desk', before: { effect: 'allow' }, after: { effect: 'ask', rules: ['refund_requires_approval'] } }] },
    });
  });

  it('are allowed where it is higher', () => {
    expect(compared('milder', [refund(8_000), refund(25_000)])).toMatchObject({ changed: 1, newlyAllowed: { count: 1 }, counts: { ask: { allow: 1 } } });
  });

  it('do not change because the file of a tool has', () => {
    expect(compared('renewed', [refund(1_200), refund(25_000)])).toMatchObject({ decided: 2, changed: 0 });
  });

  it('are made with what policy knew of the run then', () => {
    const { event, state } = refund(1_200);
    const closed = newEvent({ service: 'policy', type: 'countersign.context.closed', tenant: event.tenant, workflow: event.workflow, run: event.run, now: LONG_AGO, data: { outcome: 'succeeded' } });
    // It was allowed then, so under the rules of then it can only be told apart by what was known.
    expect(compared('then', [{ event, state: evolveDecisions(state, closed as Event, NOWHERE) }])).toMatchObject({ decided: 0, notOfRules: 1 });
  });

  it('on a proposal that named another subject stay denials', () => {
    const forged = refund(1_200, (proposal) => ({ ...proposal, data: Object.assign({}, proposal.data, { subject: 'spiffe://countersign.local/human/mallory' as Principal }) }));
    expect(forged.event.type).toBe('countersign.action.denied');
    expect(compared('milder', [forged])).toMatchObject({ decided: 1, changed: 0 });
  });

  it('that rested on no rule are told apart', () => {
    const { event, state } = refund(1_200);
    if (event.type !== 'countersign.action.allowed') throw new Error('it was not allowed');
    const { action, actionHash, policySet, controlEpoch } = event.data;
    const spent = { ...event, type: 'countersign.action.denied', data: { action, actionHash, policySet, controlEpoch, reasons: [{ rule: 'budget', code: 'budget.usd.exceeded', message: 'nothing is left' }] } } as unknown as DecisionEvent;
    expect(compared('then', [{ event: spent, state }])).toMatchObject({ decided: 0, notOfRules: 1 });
  });

  it('before the time that was asked for are not looked at', () => {
    expect(compared('stricter', [refund(8_000)], Date.parse('2026-01-06T00:00:00Z') as Instant)).toMatchObject({ decided: 0 });
  });

  it('that were put off are decided with what was known when their time had come', () => {
    const { event, state } = refund(8_000);
    if (event.type !== 'countersign.action.allowed') throw new Error('it was not allowed');
    const { action, actionHash, sub, act, runDeadline, controlEpoch } = event.data;
    const deferred = newEvent({ service: 'policy', type: 'countersign.decision.deferred', tenant: event.tenant, workflow: event.workflow, run: event.run, step: event.step, now: LONG_AGO, data: { action, actionHash, sub, act, runDeadline, controlEpoch, until: 'outcomes', effect: 'write', since: runDeadline, votes: [], tier: 0, quorum: 0, roles: [] } });
    expect(compared('stricter', [{ event, state: evolveDecisions(state, deferred as Event, NOWHERE) }])).toMatchObject({ decided: 1, newlyAsked: { count: 1 } });
  });

  it('are looked at once: the answer to votes is none to the proposal', () => {
    const asked = refund(25_000);
    const open = evolveDecisions(asked.state, asked.event, NOWHERE);
    expect(compared('milder', [{ event: asked.event, state: open }])).toMatchObject({ decided: 0, notOfRules: 0 });
  });
});
