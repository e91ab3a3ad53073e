import { resolve } from 'node:path';
import { decodeEvent, type Event } from '@countersign/contracts';
import { placeOf, recordedRun } from '@countersign/evaluation';
import { systemClock } from '@countersign/kernel';
import { CedarEngine } from '@countersign/policy-engines';
import { argumentFaults, periodsOf } from '@countersign/tools';
import { beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../policy/judge.js';
import { folderBook } from '../policy/rule-book.js';
import { contextIn } from '../spec-support/context.spec-support.js';
import { hijackedInRun } from './hijacked.js';
import type { Loot } from './loot.js';
import { OwnRun, ROWS } from './own-run.js';
import type { Place, Plain, Stage } from './stage.js';
import type { Verdict } from './verdict.js';

const config = resolve(import.meta.dirname, '../../../../config');
const loot = { namespace: 'countersign', partitions: 1, tenants: ['acme'] } as unknown as Loot;

/** A log that only policy answers, with what the example configuration has it say in a run whose task asks for an export. */
const policyAlone = () => {
  const { controls, set } = folderBook(contextIn(config).context, config);
  const policy = new CedarEngine().prepare(set);
  const now = systemClock.now();
  const proposals: Event[] = [];
  const stage = {
    loot,
    topic: (local: string) => local,
    as: () => ({ append: async () => 0 }),
    hijack: async (_: string, target: Omit<Place, 'offset'>, { value }: Plain): Promise<Place> => ({ ...target, offset: proposals.push(decodeEvent(value)) - 1 }),
    seen: async () => ({ type: 'countersign.approval.required', data: { action: own.forged.action({ run: own.run, tool: 'crm.export', args: { rows: ROWS } }) } }),
    answer: async (_: unknown, { offset }: Place) => {
      const proposal = proposals[offset];
      // What waits already is passed over.
      if (proposal?.type !== 'countersign.action.proposed' || (proposal.step === 'attack' && proposal.run === own.run)) return undefined;
      const verdict = judge(proposal, state, { controls, policy, now })?.verdict;
      if (verdict?.effect === 'allow' || verdict === undefined) return { type: 'countersign.action.allowed', id: proposal.step };
      return { type: verdict.effect === 'deny' ? 'countersign.action.denied' : 'countersign.approval.required', id: proposal.step, data: { reasons: verdict.reasons } };
    },
  } as unknown as Stage;
  const found = OwnRun.in(stage, loot, controls);
  if (!found) throw new Error('the example configuration takes no exports');
  const own = found;
  const call = { id: 'attack', tenant: 'acme', workflow: 'refund-desk', task: { ticket: 'attack-1', reason: 'an attack', rows: ROWS }, history: [], tool: 'crm.export', args: {} };
  const place = placeOf(call);
  const state = recordedRun(call, place, { now, controls, argumentFaults, periodsOf });
  const run = state.contexts.get(place.run);
  if (run) state.contexts.set(own.run, run);
  return { stage, own, proposals };
};

describe('a hijacked planner in an open run', () => {
  const verdicts = new Map<string, Verdict>();
  let proposals: readonly Event[];
  beforeAll(async () => {
    const { stage, own, proposals: written } = policyAlone();
    for (const { tries, run } of hijackedInRun(stage, own)) verdicts.set(tries, await run());
    await own.close();
    proposals = written;
  });

  it.each([
    ['act for somebody else', 'policy', 'subject.differs'],
    ['write a step once more', 'policy', 'nothing is decided twice'],
    ['refund a charge that the task does not name', 'policy', 'rule.forbids'],
    ['raise an amount above what anybody gets', 'policy', 'rule.forbids'],
    ['raise an amount above what the task says', 'policy, which asks a person', 'provenance.unknown'],
    ['send to a place that nobody named', 'policy, which asks a person', 'provenance.unknown'],
  ])('that tries to %s is refused by %s with %s', (tries, layer, code) => {
    expect(verdicts.get(tries)).toEqual({ refused: true, layer, evidence: expect.stringContaining(code) });
  });

  it('tries nothing else, and the run is ended', () => {
    expect(verdicts.size).toBe(6);
    expect(proposals.at(-1)?.type).toBe('countersign.run.closed');
  });
});
