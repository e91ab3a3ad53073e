import { describe, expect, it } from 'vitest';
import { newEvent, type EventData } from '@countersign/contracts';
import { minutes, sha256 } from '@countersign/kernel';
import { given, NOW, type Core, type Given, type Written } from '@countersign/testing/given';
import { ACME, controlsWith, EXECUTOR_KEY, GET_CHARGE, heard, openedRun, proposalOf, REFUND, REFUND_DESK, RUN, UTC_PERIODS } from '@countersign/testing/refund-desk';
import type { ToolContract } from '../config/tool-contract.js';
import type { Output } from '../output.js';
import { consider } from './consider.js';
import { decideAction } from './decide-action.js';
import type { DecisionState } from './decision-state.js';
import { evolveDecisions } from './evolve-decisions.js';
import { freezeDecisions, thawDecisions } from './freeze-decisions.js';
import type { Verdict } from './verdict.js';

const policy: Core<DecisionState> = { service: 'policy', initialState: openedRun, evolve: evolveDecisions };

const SHOWING: ToolContract = { ...REFUND, preview: { kind: 'read', request: { method: 'GET', path: '/charges/{charge}', query: {}, headers: {} }, changes: [{ field: 'refunded', now: { from: 'answer', pointer: '/refunded_cents' } }] } };
const CONTROLS = controlsWith({ tools: [GET_CHARGE, SHOWING] });
const VOTES = [{ value: '{}', jws: 'e30..AA' }];
const HASH = sha256('what was shown');

/** Asks where nobody has voted yet, as rules do. */
const verdictOn = (votes: number): Verdict => (votes > 0 ? { effect: 'allow', rules: [] } : { effect: 'ask', reasons: [], tier: 3, quorum: 1, roles: ['finance'], within: minutes(30) });
const on = (trigger: Written, controls = CONTROLS) => (state: DecisionState): readonly Output[] => {
  const context = { now: NOW, controls, argumentFaults: () => [], periodsOf: UTC_PERIODS };
  const considered = consider(trigger.event, state, context);
  return decideAction(trigger.event, considered, state, { ...context, ...(considered?.question && { verdict: verdictOn(considered.question.votes.length) }) });
};

const proposal = proposalOf(SHOWING, 'refund');
const place = { tenant: ACME, workflow: REFUND_DESK, run: RUN, step: proposal.action.step, now: NOW } as const;
const proposed = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', data: proposal }), 'proposals');
const asked = (): Given<DecisionState> => given(policy).handle(proposed, on(proposed));
const question = (so: Given<DecisionState>): EventData<'countersign.approval.required'> => so.newest.event.data as EventData<'countersign.approval.required'>;
const voted = (so: Given<DecisionState>, previewHash = HASH): Written =>
  heard(newEvent({ ...place, service: 'approvals', type: 'countersign.approval.granted', subject: question(so).approval, data: { approval: question(so).approval, actionHash: proposal.actionHash, votes: VOTES, previewHash } }), 'approvals');
const granted = (so = asked()): Given<DecisionState> => so.handle(voted(so), on(voted(so)));
const refusedFor = (code: string, so = granted()): Written =>
  heard(newEvent({ ...place, service: 'executor', type: 'countersign.grant.refused', subject: code, data: { jti: (so.newest.event.data as { jti: string }).jti, actionHash: proposal.actionHash, code, message: 'no', mayBeDone: false } }), 'executions');

describe('a question about an action that can be looked at', () => {
  it('gives the executor leave to look, for as long as people wait for it, and once', () => {
    expect(question(asked()).preview).toMatchObject({ aud: 'executor', iat: NOW / 1_000, exp: NOW / 1_000 + 30, cnf: EXECUTOR_KEY });
    expect(question(asked()).preview?.jti).not.toBe(question(asked()).approval);
  });

  it('gives none where the contract of the tool says of no way', () => {
    const plain = heard(newEvent({ ...place, service: 'planner', type: 'countersign.action.proposed', data: proposalOf(REFUND, 'refund') }), 'proposals');
    const [output] = given(policy).when(on(plain, controlsWith()));
    expect(output?.type).toBe('countersign.approval.required');
    expect(output?.data).not.toHaveProperty('preview');
  });

  it('is granted with the hash that people voted on, also by whoever goes on from a snapshot', () => {
    expect(granted().newest.event).toMatchObject({ type: 'countersign.action.allowed', data: { approval: question(asked()).approval, previewHash: HASH } });
    const thawed = thawDecisions(JSON.parse(JSON.stringify(freezeDecisions(granted().state))));
    expect(on(refusedFor('expired'))(thawed)).toMatchObject([{ type: 'countersign.budget.settled' }, { type: 'countersign.action.allowed', data: { previewHash: HASH, votes: VOTES } }]);
  });

  it('is asked anew where it would do something else than people were shown: no denial, and nothing stays reserved', () => {
    const outputs = granted().when(on(refusedFor('preview.changed')));
    expect(outputs).toMatchObject([
      { type: 'countersign.budget.settled', data: { outcome: 'refused', used: { microUsd: 0, toolCalls: 0, writes: 0 } } },
      { type: 'countersign.approval.required', data: { actionHash: proposal.actionHash, tier: 3 } },
    ]);
    const again = outputs[1]?.data as EventData<'countersign.approval.required'>;
    expect(again.approval).not.toBe(question(asked()).approval);
    expect(again.preview?.jti).not.toBe(question(asked()).preview?.jti);
    const so = granted().handle(refusedFor('preview.changed'), on(refusedFor('preview.changed')));
    expect(so.state.grants.size).toBe(0);
    // The old votes answer nothing any more; the new ones do.
    expect(so.when(on(voted(asked())))).toEqual([]);
    expect(so.when(on(voted(so, sha256('what is shown now'))))).toMatchObject([{ type: 'countersign.action.allowed', data: { approval: again.approval, previewHash: sha256('what is shown now') } }]);
  });
});
